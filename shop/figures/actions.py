"""Writing down what was measured."""

from collections.abc import Iterable, Iterator
from datetime import date, timedelta

from django.db import connection, transaction

from shop.clock import now, today
from shop.figures.models import MeasuredDay, MeasuredValue
from shop.figures.registry import FACTS, Fact, indicators_of
from shop.figures.rules import Figure
from shop.figures.selectors import Measured, measure
from shop.identity.actors import Actor

BATCH = 5_000
Key = tuple[str, date, str, str]


def measure_days(since: date, until: date, *, by: Actor) -> int:
    """Measure every indicator on these business days, both included; returns what was written.

    A value that has not changed is not written again; one that has becomes a new revision, and
    the old one stays. Repeats and rivals find nothing left to write.
    """
    by.require("figures.measure_days")
    last_over = today() - timedelta(days=1)  # asked first: midnight may come while we measure
    written = sum(_measure_fact(fact, since, until) for fact in FACTS.values())
    _note_complete(since, min(until, last_over))
    return written


def _note_complete(since: date, until: date) -> None:
    """Every fact of these days has been measured since they ended."""
    days = [since + timedelta(days=n) for n in range((until - since).days + 1)]
    MeasuredDay.objects.bulk_create(
        (MeasuredDay(day=day, first_measured_at=now()) for day in days), ignore_conflicts=True
    )


def _measure_fact(fact: Fact, since: date, until: date) -> int:
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(hashtext(%s))", [f"measure {fact.code}"])
        known = _known(fact, since, until)
        fresh = [found for found in _found(fact, since, until) if _is_news(found, known)]
        _outdate(fresh, known)
        for start in range(0, len(fresh), BATCH):
            _write(fresh[start : start + BATCH], known)
    return len(fresh)


def _found(fact: Fact, since: date, until: date) -> Iterator[Measured]:
    seen: set[Key] = set()
    for dimension in ("", *fact.dims):
        for found in measure(fact, since, until, dimension):
            seen.add(_key(found))
            yield found
    for indicator in indicators_of(fact):
        nothing = Figure(0, 0 if indicator.denominator else None)
        for n in range((until - since).days + 1):
            quiet = Measured(indicator, since + timedelta(days=n), "", "", nothing)
            if _key(quiet) not in seen:
                yield quiet


def _key(found: Measured) -> Key:
    return found.indicator.code, found.day, found.dimension, found.member


def _known(fact: Fact, since: date, until: date) -> dict[Key, MeasuredValue]:
    versions = {indicator.code: indicator.version for indicator in indicators_of(fact)}
    values = MeasuredValue.objects.latest().between(since, until).filter(indicator__in=versions)
    return {
        (value.indicator, value.day, value.dimension, value.member): value
        for value in values
        if value.version == versions[value.indicator]
    }


def _is_news(found: Measured, known: dict[Key, MeasuredValue]) -> bool:
    value = known.get(_key(found))
    return value is None or value.figure != found.figure


def _outdate(fresh: Iterable[Measured], known: dict[Key, MeasuredValue]) -> None:
    old = [known[_key(found)].pk for found in fresh if _key(found) in known]
    MeasuredValue.objects.filter(pk__in=old).update(is_latest=False)


def _write(fresh: list[Measured], known: dict[Key, MeasuredValue]) -> None:
    MeasuredValue.objects.bulk_create(
        MeasuredValue(
            indicator=found.indicator.code,
            version=found.indicator.version,
            day=found.day,
            dimension=found.dimension,
            member=found.member,
            numerator=found.figure.numerator,
            denominator=found.figure.denominator,
            revision=known[_key(found)].revision + 1 if _key(found) in known else 1,
            measured_at=now(),
        )
        for found in fresh
    )
