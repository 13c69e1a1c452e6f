"""A person's data as one archive: JSON for programs, CSV for tables, a page for people."""

import csv
import io
import json
import zipfile
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from django.apps import apps
from django.core.exceptions import FieldDoesNotExist
from django.core.serializers.json import DjangoJSONEncoder
from django.template.loader import render_to_string

from shop.clock import SHANGHAI

Table = Sequence[Mapping[str, Any]]
FORMULA = ("=", "+", "-", "@", "\t", "\r", "＝", "＋", "－", "＠")


def archive(tables: Mapping[str, Table], made_at: datetime) -> bytes:
    """index.html, data.json and a CSV per table; every column is the table's own."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as made:
        made.writestr("index.html", page(tables, made_at))
        made.writestr("data.json", as_json(tables, made_at))
        for label, rows in tables.items():
            made.writestr(f"tables/{label}.csv", as_csv(label, rows))
    return out.getvalue()


def as_json(tables: Mapping[str, Table], made_at: datetime) -> str:
    told = {"made_at": made_at, "tables": tables}
    return json.dumps(told, cls=DjangoJSONEncoder, ensure_ascii=False, indent=1)


def as_csv(label: str, rows: Table) -> str:
    """With a mark in front, by which spreadsheets know UTF-8; no cell is a formula."""
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow([heading(label, column) for column in rows[0]])
    writer.writerows([_cell(value) for value in row.values()] for row in rows)
    return "\ufeff" + out.getvalue()


def _cell(value: Any) -> str:
    text = in_words(value)
    return f"'{text}" if text.startswith(FORMULA) else text


def page(tables: Mapping[str, Table], made_at: datetime) -> str:
    """What anybody can open and read, without a script or a link to anywhere."""
    shown = [
        {
            "name": apps.get_model(label)._meta.verbose_name_plural,
            "file": f"tables/{label}.csv",
            "headings": [heading(label, column) for column in rows[0]],
            "rows": [[in_words(value) for value in row.values()] for row in rows],
        }
        for label, rows in tables.items()
    ]
    return render_to_string("rights/copy.html", {"tables": shown, "made_at": made_at})


def heading(label: str, column: str) -> str:
    try:
        return str(getattr(apps.get_model(label)._meta.get_field(column), "verbose_name", column))
    except FieldDoesNotExist:
        return column


def in_words(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, datetime):
        return f"{value.astimezone(SHANGHAI):%Y-%m-%d %H:%M:%S}"
    if isinstance(value, dict | list):
        return json.dumps(value, cls=DjangoJSONEncoder, ensure_ascii=False)
    return str(value)
