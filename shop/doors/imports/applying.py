"""Applies a table as long work; tries one without writing."""

from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from shop.doors.imports.declared import (
    IMPORTERS,
    Importer,
    apply_row,
    places_of,
    title_of,
    values_of,
)
from shop.doors.sheets import Column, Sheet, Table, read_table, write_xlsx
from shop.doors.sheets.cells import NUMBER
from shop.errors import NotFound
from shop.identity.actors import Actor
from shop.records.actions.files import read_file
from shop.records.models import StoredFile
from shop.work.actions.jobs import OF_LONG_WORK, Refusal
from shop.work.long_work import Result
from shop.work.models import Job
from shop.work.runner import Step

IMPORT = "doors.import_table"
ROWS_A_BATCH = 50
TRIED = 200
"""Rows that a preview really tries; the cells of all others are read."""


@dataclass(frozen=True)
class Preview:
    """What an import would do: how many rows, how many of them refused, and why."""

    table: Table
    refusals: list[Refusal]
    refused: int


def preview(made: Importer, stored: StoredFile, by: Actor) -> Preview:
    """Read the table and try its first rows, then undo them. Raises FileRefused."""
    table = _table(made, stored)
    places = places_of(made, table)
    with transaction.atomic():
        tried = [apply_row(made, places, row, by) for row in table.rows[:TRIED]]
        transaction.set_rollback(True)
    read = [values_of(made, places, row)[1] for row in table.rows[TRIED:]]
    refused = [refusals for refusals in (*tried, *read) if refusals]
    return Preview(table, [one for refusals in refused for one in refusals], len(refused))


def run_import(job: Job, step: Step) -> Result | None:
    """Each row by its action, with the starter's own rights; a batch commits as a whole."""
    made = IMPORTERS.get(job.payload["importer"])
    if made is None or job.source is None:
        raise NotFound
    table = _table(made, job.source)
    places = places_of(made, table)
    step.measure(len(table.rows))
    while (begin := step.resume or 0) < len(table.rows):
        with step.batch() as batch:
            rows = table.rows[begin : begin + ROWS_A_BATCH]
            for row in rows:
                batch.refusals += apply_row(made, places, row, step.by)[:1]
            batch.done, batch.resume = len(rows), begin + len(rows)
    return _refused_rows(job, table)


def _table(made: Importer, stored: StoredFile) -> Table:
    return read_table(read_file(stored, by=OF_LONG_WORK), stored.name, made.limits)


def _refused_rows(job: Job, table: Table) -> Result | None:
    """The rows that were refused, as they came, with why; to be mended and sent again."""
    errors = {error.row: error for error in job.errors.all()}
    if not errors:
        return None
    columns = [Column(_("row"), NUMBER), *map(Column, table.headings), Column(_("what to do"))]
    rows: list[list[Any]] = []
    for row in table.rows:
        if row.number in errors:
            error = errors[row.number]
            where = title_of(IMPORTERS.get(job.payload["importer"]), error.column)
            why = f"{where}：{error.said}" if where else error.said
            rows.append([row.number, *map(_as_text, row.cells), why])
    return Result("refused.xlsx", write_xlsx([Sheet(_("Refused rows"), columns, rows)]))


def _as_text(cell: Any) -> str | None:
    return None if cell is None else str(cell)
