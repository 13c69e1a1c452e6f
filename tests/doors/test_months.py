"""A list by month: which months it offers, and what each of them holds, in Shanghai."""

from datetime import datetime

import pytest
from django.contrib import admin

from orders.models import Order
from shop.books.models import Journal
from shop.clock import SHANGHAI, turned_to
from tests.doors.conftest import desk_of
from tests.make import make_order

pytestmark = pytest.mark.django_db
LAST_EVENING = datetime(2026, 10, 31, 23, 30, tzinfo=SHANGHAI)
FIRST_SECOND = datetime(2026, 12, 1, 0, 0, 1, tzinfo=SHANGHAI)


@pytest.fixture
def orders():
    made = []
    for at in (LAST_EVENING, FIRST_SECOND):
        with turned_to(at):
            made.append(make_order("paid"))
    return made


def page(model, client, **asked):
    meta = model._meta
    return client.get(f"/admin/{meta.app_label}/{meta.model_name}/", asked).content.decode()


def test_each_month_from_the_first_order_to_the_last_is_offered(orders):
    shown = page(Order, desk_of("service_agent"))
    for month in ("2026-12", "2026-11", "2026-10"):
        assert f"month={month}" in shown or month in shown
    assert "2026-09" not in shown


@pytest.mark.parametrize(("month", "first", "last"), [
    ("2026-10", True, False), ("2026-11", False, False), ("2026-12", False, True),
    ("never", True, True), ("2026-13", True, True),
])  # fmt: skip
def test_a_month_holds_what_came_in_it_by_the_wall_in_shanghai(orders, month, first, last):
    rows = page(Order, desk_of("service_agent"), month=month).partition("<tbody")[2]
    assert (orders[0].number in rows, orders[1].number in rows) == (first, last)


def test_the_journals_of_a_month_are_those_booked_on_its_days(orders):
    booked = Journal.objects.values_list("booked_on", flat=True)
    assert {f"{day:%Y-%m}" for day in booked} == {"2026-10", "2026-12"}
    rows = page(Journal, desk_of("finance"), month="2026-11").partition("<tbody")[2]
    assert not any(f"J{journal.pk}" in rows for journal in Journal.objects.all())


def test_an_empty_list_offers_no_month():
    assert "month=" not in page(Order, desk_of("service_agent"))
    assert admin.site.is_registered(Order)
