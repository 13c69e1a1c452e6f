"""What must be true at any moment, as questions to the database that a reader can check.

Each package and chapter declares its own in `invariants.py`; `manage.py oracle` asks them all.
A question examines subjects and compares, for each, what should be with what is. One that
examined nothing proved nothing: it says so, and never counts as kept.
"""

import json
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from django.db import connection

SHOWN = 20  # breaches of one invariant that are told one by one; all are counted


@dataclass(frozen=True)
class Call:
    """One recorded call over HTTP, as its caller saw it.

    `outcome`: `ok` (2xx: it happened), `fail` (4xx: nothing happened), `unknown` (5xx or no answer
    at all: it may have happened).
    """

    number: int
    at: str  # when it went out
    method: str
    path: str
    key: str = ""
    outcome: str = "unknown"
    status: int = 0
    headers: Mapping[str, str] = field(default_factory=dict)
    body: str = ""


@dataclass(frozen=True)
class Evidence:
    """What the rows are held against. What is None was not given, and is not judged.

    `idle`: the load has ended, so that nothing may be left over. `trades`: WeChat Pay's books as
    its simulator tells them. `calls`: recorded calls. `lines`: of logs.
    """

    at: datetime
    idle: bool = False
    trades: Sequence[Mapping[str, Any]] | None = None
    calls: Sequence[Call] | None = None
    lines: Sequence[str] | None = None

    def overdue(self, allowance: timedelta) -> datetime:
        """What was due before this instant is late."""
        return self.at if self.idle else self.at - allowance


@dataclass(frozen=True)
class Breach:
    """A subject of which the promise does not hold."""

    subject: str
    expected: str
    found: str


@dataclass(frozen=True)
class Examination:
    """How many subjects were looked at, how many of them are wrong, and the first of those."""

    examined: int
    wrong: int = 0
    breaches: tuple[Breach, ...] = ()


@dataclass(frozen=True)
class Invariant:
    """A declared promise. `needs` names what of the evidence it cannot do without."""

    code: str
    name: str
    promise: str
    examine: Callable[[Evidence], Examination]
    needs: str | None


@dataclass(frozen=True)
class Verdict:
    """What one invariant found. `examination` is None when its evidence was not given."""

    invariant: Invariant
    examination: Examination | None
    seconds: float


INVARIANTS: dict[str, Invariant] = {}
Examine = Callable[[Evidence], Examination]


def invariant(code: str, promise: str, *, needs: str | None = None) -> Callable[[Examine], Examine]:
    """Declare a function of `invariants.py`. Several may prove parts of one code (O1 … O14)."""

    def register(examine: Examine) -> Examine:
        name = f"{examine.__module__.removeprefix('shop.').split('.')[0]}.{examine.__name__}"
        INVARIANTS[name] = Invariant(code, name, promise, examine, needs)
        return examine

    return register


def judge(evidence: Evidence, only: str | None = None) -> Iterator[Verdict]:
    """Examine every invariant, or those of one code, in the order of their codes."""
    for one in sorted(INVARIANTS.values(), key=lambda one: (int(one.code[1:]), one.name)):
        if only in (None, one.code):
            began = time.monotonic()
            is_given = one.needs is None or getattr(evidence, one.needs) is not None
            found = one.examine(evidence) if is_given else None
            yield Verdict(one, found, time.monotonic() - began)


COMPARE = """
WITH examined (subject, expected, found) AS MATERIALIZED ({question}),
wrong AS MATERIALIZED (
    SELECT subject, expected::text, found::text FROM examined
    WHERE expected::text IS DISTINCT FROM found::text)
SELECT (SELECT count(*) FROM examined), (SELECT count(*) FROM wrong), shown.*
FROM (VALUES (1)) AS always
LEFT JOIN (SELECT * FROM wrong ORDER BY subject LIMIT {shown}) AS shown ON true
"""


def compared(question: str, **values: Any) -> Examination:
    """Ask a SELECT of subject, expected, found: one row per subject, wrong where they differ."""
    with connection.cursor() as cursor:
        cursor.execute(COMPARE.format(question=question, shown=SHOWN), values)
        rows = cursor.fetchall()
    examined, wrong = rows[0][:2]
    shown = (Breach(*map(str, row[2:])) for row in rows if wrong)
    return Examination(examined, wrong, tuple(shown))


def held(rows: Iterable[tuple[str, object, object]]) -> Examination:
    """The same for subjects that Python compared: (subject, expected, found)."""
    looked_at = list(rows)
    wrong = [Breach(s, str(e), str(f)) for s, e, f in looked_at if e != f]
    return Examination(len(looked_at), len(wrong), tuple(wrong[:SHOWN]))


def calls_in(lines: Iterable[str]) -> list[Call]:
    """A history file: a line of JSON when a call goes out (`invoke`) and when it ends.

    Each line has `call` and `event`; the rest are fields of Call. What never ended is unknown.
    """
    calls: dict[int, Call] = {}
    for line in filter(str.strip, lines):
        told = json.loads(line)
        number, event = told.pop("call"), told.pop("event")
        if event == "invoke":
            calls[number] = Call(number, **told)
        else:
            calls[number] = replace(
                calls[number], **(told | {"at": calls[number].at}), outcome=event
            )
    return list(calls.values())
