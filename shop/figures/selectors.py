"""Computing figures from the shop's own records: one grouped statement per fact."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django.db.models import Count, F, QuerySet, Value
from django.db.models.functions import Coalesce, TruncDate

from shop.clock import SHANGHAI
from shop.figures.models import MeasuredDay, MeasuredValue
from shop.figures.registry import Control, Fact, Indicator, indicators_of
from shop.figures.rules import Figure


@dataclass(frozen=True)
class Measured:
    """One figure of one day, in whole or for a member of a dimension."""

    indicator: Indicator
    day: date
    dimension: str
    member: str
    figure: Figure


def measure(fact: Fact, since: date, until: date, dimension: str = "") -> Iterator[Measured]:
    """All indicators of the fact by business day, in one grouped statement.

    In whole, a day without rows is measured too: its counts are 0, its ratios no case.
    """
    indicators = list(indicators_of(fact))
    member = Coalesce(F(fact.dims[dimension]), Value("")) if dimension else Value("")
    rows = (
        fact.within(since, until)
        .order_by()
        .values(shop_day=TruncDate(fact.counted_at, tzinfo=SHANGHAI), member=member)
        .annotate(**_measures(indicators))
    )
    for row in rows:
        for indicator in indicators:
            figure = _figure(indicator, row)
            yield Measured(indicator, row["shop_day"], dimension, str(row["member"]), figure)


def figure_of(indicator: Indicator, since: date, until: date, **members: str) -> Figure:
    """An indicator over whole days at once, from the records themselves: right for distinct
    people too, whom the days' values must not be added up for."""
    rows = indicator.fact.within(*indicator.fact.window(since, until))
    rows = rows.filter(**{indicator.fact.dims[name]: of for name, of in members.items()})
    return _figure(indicator, rows.aggregate(**_measures([indicator])))


def by_member(
    indicator: Indicator, dimension: str, since: date, until: date
) -> list[tuple[str, Figure]]:
    """An indicator over whole days by the members of a dimension, the largest first."""
    rows = indicator.fact.within(*indicator.fact.window(since, until)).order_by()
    grouped = rows.values(member=F(indicator.fact.dims[dimension]))
    found = grouped.annotate(**_measures([indicator]))
    members = [(str(row["member"] or ""), _figure(indicator, row)) for row in found]
    return sorted(members, key=lambda item: (-item[1].numerator, item[0]))


def _measures(indicators: list[Indicator]) -> dict[str, Any]:
    numerators = {f"n_{i.code}".replace(".", "_"): i.numerator for i in indicators}
    return numerators | {
        f"d_{i.code}".replace(".", "_"): i.denominator for i in indicators if i.denominator
    }


def _figure(indicator: Indicator, row: dict[str, Any]) -> Figure:
    name = indicator.code.replace(".", "_")
    numerator = int(row[f"n_{name}"] or 0)
    return Figure(numerator, int(row[f"d_{name}"] or 0) if indicator.denominator else None)


def control_figure(control: Control, since: date, until: date) -> Figure:
    """Kept of due, over whole days."""
    found = control.fact.within(since, until).aggregate(
        kept=Count("pk", filter=control.kept, distinct=True), due=Count("pk", distinct=True)
    )
    return Figure(found["kept"], found["due"])


def trend(indicator: Indicator, since: date, until: date) -> dict[date, Figure]:
    """The days' latest values; a day that was not measured is missing, not zero."""
    values: QuerySet[MeasuredValue] = (
        MeasuredValue.objects.latest()
        .between(since, until)
        .filter(indicator=indicator.code, version=indicator.version, dimension="")
    )
    rows = values.order_by().values_list("day", "numerator", "denominator")
    return {day: Figure(numerator, denominator) for day, numerator, denominator in rows}


def unmeasured(since: date, until: date) -> list[date]:
    """The days among these that were not measured as a whole after they had ended."""
    days = (since + timedelta(days=n) for n in range((until - since).days + 1))
    known = set(MeasuredDay.objects.filter(day__range=(since, until)).values_list("day", flat=True))
    return [day for day in days if day not in known]


def revisions(indicator: Indicator, day: date) -> list[MeasuredValue]:
    """What was known of a day, the first knowledge first."""
    values = MeasuredValue.objects.filter(indicator=indicator.code, day=day, dimension="")
    return list(values.order_by("version", "revision"))
