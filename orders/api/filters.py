"""How customers narrow the list of their orders: the tabs of the mini-program, and a search."""

from typing import Any

from django.db.models import QuerySet
from django_filters import rest_framework as filters

from orders.models import Order

LONGEST_SEARCH = 60


class OrderFilter(filters.FilterSet):
    """Several states may be asked for at once; days are whole days of Shanghai."""

    status = filters.MultipleChoiceFilter(choices=Order.Status.choices)
    placed_from = filters.DateFilter("placed_at", "date__gte", label="day")
    placed_until = filters.DateFilter("placed_at", "date__lte", label="day, included")
    search = filters.CharFilter(
        method="found_by", max_length=LONGEST_SEARCH, label="order number, or part of a title"
    )

    class Meta:
        model = Order
        fields = ("status",)

    def found_by(self, orders: QuerySet[Order], _name: str, text: str) -> QuerySet[Order]:
        of_title: Any = orders.filter(lines__title__icontains=text).values("pk")
        return orders.filter(number=text) | orders.filter(pk__in=of_title)
