"""Lists by month: offered from the first row's to the last's, which an index knows at once.

Django's own hierarchy of dates reads the whole table for the years that it offers.
"""

from collections.abc import Iterator
from datetime import date, datetime, time
from typing import Any

from django.contrib import admin
from django.db.models import DateTimeField, Max, Min, Model, QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from shop.clock import SHANGHAI


def by_month(column: str) -> type[admin.SimpleListFilter]:
    """A filter for `list_filter`: the months of this date or instant, the latest first."""

    class MonthFilter(admin.SimpleListFilter):
        title, parameter_name = _("month"), "month"

        def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
            ends = model_admin.model._default_manager.aggregate(first=Min(column), last=Max(column))
            return [(month, month) for month in _months(ends["first"], ends["last"])]

        def queryset(self, request: HttpRequest, queryset: QuerySet[Model]) -> QuerySet[Model]:
            try:
                first = date.fromisoformat(f"{self.value()}-01")
            except ValueError:
                return queryset
            since, until = (_bound(queryset, column, day) for day in (first, _next_month(first)))
            return queryset.filter(**{f"{column}__gte": since, f"{column}__lt": until})

    return MonthFilter


def _months(first: date | None, last: date | None) -> Iterator[str]:
    """`2026-11` and so on backwards, in Shanghai."""
    if first is None or last is None:
        return
    month, earliest = _day(last).replace(day=1), _day(first).replace(day=1)
    while month >= earliest:
        yield f"{month:%Y-%m}"
        month = (
            month.replace(year=month.year - 1, month=12)
            if month.month == 1
            else month.replace(month=month.month - 1)
        )


def _day(at: date) -> date:
    return at.astimezone(SHANGHAI).date() if isinstance(at, datetime) else at


def _next_month(first: date) -> date:
    years, month = divmod(first.month, 12)
    return first.replace(year=first.year + years, month=month + 1)


def _bound(queryset: QuerySet[Model], column: str, day: date) -> date:
    """The day's first instant where the column is one of instants."""
    if isinstance(queryset.model._meta.get_field(column), DateTimeField):
        return datetime.combine(day, time.min, SHANGHAI)
    return day
