"""What processes used: CPU time and memory from /proc, statements from PostgreSQL itself."""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg

TICK = os.sysconf("SC_CLK_TCK")  # per second


def tree(*roots: int) -> set[int]:
    """The processes and all their descendants that are alive."""
    parents = dict(_parents())
    found = {pid for pid in roots if pid in parents}
    while more := {pid for pid, parent in parents.items() if parent in found} - found:
        found |= more
    return found


def _parents() -> Iterator[tuple[int, int]]:
    for folder in Path("/proc").iterdir():
        if folder.name.isdecimal() and (fields := _stat(int(folder.name))):
            yield int(folder.name), int(fields[1])


def _stat(pid: int) -> list[str]:
    """The fields of /proc/…/stat after the name, which may hold anything; [] when it has ended."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return []


def cpu_seconds(*roots: int) -> float:
    """User and system time of the trees so far, ended children included."""
    ticks = 0
    for pid in tree(*roots):
        if fields := _stat(pid):
            ticks += sum(map(int, fields[11:15]))
    return ticks / TICK


def pss_mb(*roots: int) -> float:
    """Memory of the trees in MB; a page that n processes share counts 1/n for each."""
    return sum(map(_pss_kb, tree(*roots))) / 1000


def _pss_kb(pid: int) -> int:
    try:
        text = Path(f"/proc/{pid}/smaps_rollup").read_text()
    except OSError:
        return 0
    return int(next(line for line in text.splitlines() if line.startswith("Pss:")).split()[1])


class Statements:
    """How many SQL statements the server ran, whoever sent them, as pg_stat_statements counts.

    BEGIN, COMMIT, SAVEPOINT and SET are not counted.
    """

    COUNT = "SELECT coalesce(sum(calls), 0) FROM pg_stat_statements WHERE query !~ %s"
    OUR_OWN = (
        "pg_stat_statements|^(BEGIN|COMMIT|ROLLBACK|SAVEPOINT|RELEASE|SET|SHOW)"
        '|^SELECT 1 FROM (ONLY )?"public"'  # the checks of foreign keys
    )

    def __init__(self, url: str) -> None:
        self._connection: psycopg.Connection[Any] = psycopg.connect(url, autocommit=True)
        self._connection.execute("CREATE EXTENSION IF NOT EXISTS pg_stat_statements")

    def close(self) -> None:
        self._connection.close()

    def begin(self) -> None:
        self._connection.execute("SELECT pg_stat_statements_reset()")

    def counted(self) -> int:
        row = self._connection.execute(self.COUNT, [self.OUR_OWN]).fetchone()
        return int(row[0]) if row else 0
