"""Declares what can be imported: its columns, its permission, the action each row calls."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext_lazy as _
from django.utils.translation import gettext_noop, override

from shop.doors.sheets import Limits, Table, TableRow
from shop.doors.sheets.errors import FileRefused
from shop.doors.sheets.reading import ReadCell
from shop.errors import DomainError, Message, Text, taken_apart
from shop.identity.actors import Actor
from shop.work.actions.jobs import Refusal


@dataclass(frozen=True)
class ImportColumn:
    """A column by its heading. `read` makes the action's value of a cell, or raises ValueError
    with what to write instead; an empty cell is None, and refused unless `may_be_empty`."""

    key: str
    title: Text
    read: Callable[[ReadCell], Any]
    may_be_empty: bool = False
    example: str = ""


@dataclass(frozen=True)
class Importer:
    """One kind of table. `apply` calls one action with a row's values, as the person; `limits`
    say how large a table may be."""

    code: str
    label: Text
    purpose: Text
    permission: str
    columns: tuple[ImportColumn, ...]
    apply: Callable[[Mapping[str, Any], Actor], object]
    limits: Limits = field(default_factory=Limits)


IMPORTERS: dict[str, Importer] = {}
EMPTY = gettext_noop("Fill this in.")


def importer(made: Importer) -> Importer:
    """Register it. Two of one code are a mistake."""
    if made.code in IMPORTERS:
        raise ValueError(f"an importer is called {made.code} already")
    IMPORTERS[made.code] = made
    return made


def places_of(made: Importer, table: Table) -> dict[str, int]:
    """Where each column stands in the table, in whichever of our languages its headings are.

    Raises FileRefused naming those that are missing.
    """
    titles = {}
    for language, _name in settings.LANGUAGES:
        with override(language):
            titles.update({str(column.title): column.key for column in made.columns})
    places = {titles[title]: at for at, title in enumerate(table.headings) if title in titles}
    missing = [str(c.title) for c in made.columns if c.key not in places and not c.may_be_empty]
    if missing:
        raise FileRefused(
            Message(_("These columns are missing: %(names)s."), names="、".join(missing))
        )
    return places


def values_of(
    made: Importer, places: Mapping[str, int], row: TableRow
) -> tuple[dict[str, Any], list[Refusal]]:
    """A row's values by key, and what of it cannot be read."""
    values: dict[str, Any] = {}
    refusals = []
    for column in made.columns:
        at = places.get(column.key)
        cell = row.cells[at] if at is not None else None
        if cell is None and not column.may_be_empty:
            refusals.append(Refusal(row.number, column.key, EMPTY))
        elif cell is None:
            values[column.key] = None
        else:
            try:
                values[column.key] = column.read(cell)
            except ValueError as error:
                refusals.append(Refusal(row.number, column.key, *taken_apart(error.args[0])))
    return values, refusals


def apply_row(made: Importer, places: Mapping[str, int], row: TableRow, by: Actor) -> list[Refusal]:
    """Call the action for one row, or say why not; what is refused has changed nothing."""
    values, refusals = values_of(made, places, row)
    if refusals:
        return refusals
    try:
        with transaction.atomic(), override(None):  # so that what refuses it can be said again
            made.apply(values, by)
    except DomainError as refusal:
        return [
            Refusal(row.number, field, *taken_apart(complaint))
            for field, complaint in _complaints(refusal)
        ]
    return []


def _complaints(refusal: DomainError) -> Iterator[tuple[str, Text]]:
    if not refusal.fields:
        yield "", refusal.detail
    for key, complaints in refusal.fields.items():
        for complaint in complaints:
            yield key, complaint


def title_of(made: Importer | None, key: str) -> str:
    """How a column is headed; what the importer does not have is called as it is."""
    titles = {column.key: str(column.title) for column in made.columns} if made else {}
    return titles.get(key, key)


def as_text(cell: ReadCell) -> str:
    """A code or a name, also when Excel took it for a number."""
    return str(cell).strip()


def as_fen(cell: ReadCell) -> int:
    """Yuan with at most two decimals, as a number or as people write it: ¥1,280.00."""
    text = str(cell).strip().lstrip("¥￥").replace(",", "").replace("，", "")
    try:
        fen = Decimal(text) * 100
        if fen != int(fen):
            raise ValueError
    except (ArithmeticError, ValueError) as error:
        raise ValueError(_("Write an amount in yuan, for example 128.00.")) from error
    return int(fen)


def as_whole(cell: ReadCell) -> int:
    """A whole number."""
    try:
        return int(str(cell).strip())
    except ValueError as error:
        raise ValueError(_("Write a whole number.")) from error
