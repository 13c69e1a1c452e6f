"""The dictionary, one figure over time, and the regulations in practice."""

from datetime import datetime, time, timedelta
from fractions import Fraction

import pytest
from django.urls import reverse

from orders.models import DeskPush
from shop.clock import SHANGHAI, now, today, turned_to
from shop.doors.figures import words
from shop.figures.actions import measure_days
from shop.figures.registry import CONTROLS, FACTS, INDICATORS, Unit
from shop.figures.rules import Figure
from shop.figures.tasks import measure_last_days
from tests import cast
from tests.doors.conftest import desk_of
from tests.make import make_order

pytestmark = pytest.mark.django_db


def page(role, name, *args, **query):
    return desk_of(role).get(reverse(f"desk:{name}", args=args), query)


@pytest.fixture
def yesterday():
    day = today() - timedelta(days=1)
    with turned_to(datetime.combine(day, time(12), SHANGHAI)):
        make_order("paid")
    measure_last_days(now())
    return day


def test_the_dictionary_has_every_figure_with_its_formula(yesterday):
    text = page("director", "figures").content.decode()
    for indicator in INDICATORS.values():
        assert str(indicator.name) in text, indicator.code
    assert "¥128.00" in text
    assert str(yesterday) in text


def test_the_night_task_measures_five_weeks_and_a_second_night_nothing(yesterday):
    assert measure_days(yesterday, yesterday, by=cast.SYSTEM) == 0
    first = yesterday - timedelta(days=34)
    assert measure_days(first, first, by=cast.SYSTEM) == 0
    before = first - timedelta(days=1)
    assert measure_days(before, before, by=cast.SYSTEM) > 0


def test_every_figure_has_its_page(yesterday):
    analyst = desk_of("data_analyst")
    for code in INDICATORS:
        answer = analyst.get(reverse("desk:indicator", args=[code]))
        assert answer.status_code == 200, code
        assert str(yesterday) in answer.content.decode(), code


def test_every_dimension_has_its_title():
    for fact in FACTS.values():
        assert fact.dims.keys() <= words.DIMENSIONS.keys(), fact.code


def test_an_unknown_figure_is_not_found_and_an_odd_window_is_thirty_days():
    assert page("director", "indicator", "no.such").status_code == 404
    for odd in ("8", "-1", "٧", "9" * 400, ""):
        assert page("director", "practice", days=odd).status_code == 200


def test_what_changed_after_it_was_measured_is_shown(yesterday):
    with turned_to(datetime.combine(yesterday, time(13), SHANGHAI)):
        make_order("paid")
    measure_last_days(now())
    text = page("director", "indicator", "orders.orders").content.decode()
    assert "1 → 2" in text


@pytest.mark.article("OR1", "A4.2a")
def test_practice_says_no_case_then_kept_then_slipping_with_the_order(yesterday):
    control = CONTROLS["OR1.pushed"]
    text = page("service_supervisor", "practice").content.decode()
    assert "100 %" in text
    DeskPush.objects.filter(desk="service").delete()
    text = page("service_supervisor", "practice").content.decode()
    assert "0 %" in text
    [order] = control.cases(yesterday, today())
    assert order.number in text


def test_without_any_order_practice_says_no_case():
    text = page("director", "practice").content.decode()
    assert "无案例" in text
    assert "100 %" not in text.split("目标")[0]


@pytest.mark.parametrize("role", ["warehouse", "designer", "service_agent"])
def test_figures_are_for_those_who_answer_for_them(role):
    for name, *args in (("figures",), ("practice",), ("indicator", "orders.orders")):
        assert page(role, name, *args).status_code == 403


@pytest.mark.parametrize(
    ("figure", "unit", "text"),
    [
        (Figure(1234), Unit.COUNT, "1,234"),
        (Figure(123456), Unit.FEN, "¥1,234.56"),
        (Figure(1, 3), Unit.RATIO, "33.3 %"),
        (Figure(0, 3), Unit.RATIO, "0 %"),
        (Figure(9999, 10_000), Unit.RATIO, "99.9 %"),  # nearly all is not all
        (Figure(1, 100_000), Unit.RATIO, "0.1 %"),  # nearly nothing is not nothing
        (Figure(3, 3), Unit.RATIO, "100 %"),
        (Figure(280, 1), Unit.SECONDS, "0.28 秒"),
        (Figure(12_000_000, 1), Unit.SECONDS, "3 小时 20 分"),
        (Figure(0, 0), Unit.RATIO, "无案例"),
        (None, Unit.FEN, "未统计"),
    ],
)
def test_a_figure_reads_as_people_say_it(figure, unit, text):
    assert words.told(figure, unit) == text


def test_changes_are_said_in_words():
    assert words.changed(600)[0] == "升 6 %"
    assert words.changed(-5_050)[0] == "降 50.5 %"
    assert words.changed(None)[0] == "无可比基数"
    assert words.percent(Fraction(5, 1)) == "500 %"
