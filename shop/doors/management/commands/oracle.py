"""manage.py oracle: is everything that must be true, true? Reads, and changes nothing."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import connection, transaction
from django.utils.module_loading import autodiscover_modules

from shop.clock import now
from shop.invariants import INVARIANTS, Evidence, Verdict, calls_in, judge
from shop.vendors.wechat.simulator.remote import Remote

OPTION = {"trades": "--books", "calls": "--history", "lines": "--log"}


class Command(BaseCommand):
    help = "Proves every invariant over the database; exits with 1 when one does not hold."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--only", metavar="O3", help="the invariants of one code")
        parser.add_argument("--books", metavar="URL", help="of the WeChat simulator")
        parser.add_argument(
            "--history", metavar="FILE", type=Path, help="recorded calls, JSON lines"
        )
        parser.add_argument("--log", metavar="FILE", type=Path, help="a log to search for persons")
        parser.add_argument(
            "--idle", action="store_true", help="the load is over: nothing may wait"
        )

    def handle(self, *args: Any, only: str | None = None, **options: Any) -> None:
        autodiscover_modules("invariants")
        codes = {one.code for one in INVARIANTS.values()}
        if only and only not in codes:
            raise CommandError(f"{only} is none of {', '.join(sorted(codes, key=by_number))}")
        evidence = evidence_of(options)
        with one_moment():
            verdicts = list(judge(evidence, only))
        self.stdout.write("\n".join(table(verdicts)))
        if any(found.examination and found.examination.wrong for found in verdicts):
            raise SystemExit(1)


def by_number(code: str) -> int:
    return int(code[1:])


def evidence_of(options: dict[str, Any]) -> Evidence:
    books, history, log = options["books"], options["history"], options["log"]
    try:
        return Evidence(
            at=now(),
            idle=options["idle"],
            trades=Remote(books).transactions() if books else None,
            calls=calls_in(history.read_text().splitlines()) if history else None,
            lines=log.read_text(errors="replace").splitlines() if log else None,
        )
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise CommandError(f"the evidence cannot be read: {error}") from error


@contextmanager
def one_moment() -> Iterator[None]:
    """Everything is judged as it was at one moment, whatever goes on meanwhile."""
    with transaction.atomic(durable=True), connection.cursor() as cursor:
        cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
        cursor.execute("SET LOCAL statement_timeout = '10min'")
        yield


def table(verdicts: list[Verdict]) -> Iterator[str]:
    """A line for each promise, and below it what breaks it."""
    yield f"{'':4} {'examined':>9} {'breaches':>9} {'ms':>6}  promise"
    for found in verdicts:
        promise, examination = found.invariant, found.examination
        if examination is None:
            option = OPTION[promise.needs or ""]
            yield f"{promise.code:4} {'–':>9} {'–':>9} {'':6}  {promise.promise} (needs {option})"
            continue
        wrong = str(examination.wrong) if examination.examined else "no case"
        yield (
            f"{promise.code:4} {examination.examined:>9,} {wrong:>9} {found.seconds * 1000:6.0f}"
            f"  {promise.promise}"
        )
        for breach in examination.breaches:
            yield f"{'':31}✗ {breach.subject}: expected {breach.expected}, found {breach.found}"
    yield summary(verdicts)


def summary(verdicts: list[Verdict]) -> str:
    judged = [found.examination for found in verdicts if found.examination]
    kept = sum(1 for found in judged if found.examined and not found.wrong)
    broken = sum(1 for found in judged if found.wrong)
    empty = sum(1 for found in judged if not found.examined)
    return (
        f"{kept} kept, {broken} broken, {empty} without a case,"
        f" {len(verdicts) - len(judged)} not judged for want of evidence"
    )
