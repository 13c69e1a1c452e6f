"""What counts as having moved, and which suggestion a figure makes: from values alone."""

from datetime import date, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analytics import rules
from analytics.rendering.findings import SUGGESTED, page_of
from analytics.rules import RULES, Compared, Span
from analytics.rules.moves import FLOORS, FLOORS_OF_MEANS
from shop.figures.registry import INDICATORS, Unit
from shop.figures.rules import Figure
from shop.identity.roles import BY_CODE
from shop.timing.rules import schedule_of

SHANGHAI = ZoneInfo("Asia/Shanghai")
DAY = timedelta(days=1)


def of(before, after, **days):
    return Compared(Figure(before), Figure(after), **days)


def shares(before, after, cases=100):
    return Compared(Figure(before, cases), Figure(after, cases))


@pytest.mark.parametrize(
    ("compared", "unit", "is_news"),
    [
        (of(1, 2), "count", False),  # doubled, and one more: no news
        (of(0, 9), "count", False),
        (of(0, 10), "count", True),
        (of(12, 48), "count", True),
        (of(1_000, 1_050), "count", False),  # fifty more, and not a tenth
        (of(20, 5), "count", True),
        (of(40_000, 80_000), "fen", False),
        (of(40_000, 90_000), "fen", True),
        (shares(10, 12), "ratio", False),
        (shares(10, 20), "ratio", True),
        (shares(1, 2, cases=10), "ratio", False),  # ten points, of ten cases
        (Compared(Figure(0, 0), Figure(9, 40)), "ratio", False),  # from no case
    ],
)
def test_a_change_from_one_to_two_is_no_mover(compared, unit, is_news):
    assert compared.is_news(unit) is is_news


def test_unlike_months_are_compared_by_the_day():
    unlike = {"days_before": 30, "days_after": 31}
    same_pace = of(300, 310, by_the_day=True, **unlike)
    assert same_pace.change_bp == 0
    assert same_pace.moved == 0
    assert of(300, 310, **unlike).change_bp == 333, "as they are: what by_the_day is for"
    assert of(300, 620, by_the_day=True, **unlike).moved == 310


def test_there_is_a_floor_for_every_unit():
    assert set(FLOORS_OF_MEANS) == set(Unit)
    totals = {one.unit for one in INDICATORS.values() if one.denominator is None}
    assert totals <= set(FLOORS)


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.code)
def test_every_suggestion_has_words_a_post_a_page_and_a_figure(rule):
    assert str(SUGGESTED[rule.code])
    assert rule.post in BY_CODE
    assert rule.indicator in INDICATORS
    assert page_of(rule).startswith("/admin/")
    assert not rule.dimension or rule.dimension in INDICATORS[rule.indicator].fact.dims


def test_suggestions_speak_beyond_their_limit_and_from_enough_cases():
    late = next(rule for rule in RULES if rule.code == "ship_sooner")
    assert late.speaks(shares(99, 94))
    assert not late.speaks(shares(90, 95)), "the limit itself is kept"
    assert not late.speaks(shares(1, 0, cases=19)), "too few to say so"
    fell = next(rule for rule in RULES if rule.code == "mend_product")
    assert fell.speaks(of(20, 14))
    assert not fell.speaks(of(20, 15))
    assert not fell.speaks(of(19, 0))
    rose = next(rule for rule in RULES if rule.code == "stock_up")
    assert rose.speaks(of(20, 30))
    assert not rose.speaks(of(0, 100)), "new goods have no before to have risen from"


class TestDaysTold:
    @pytest.mark.fault("E5")
    @given(
        st.sampled_from(["weekly", "monthly"]),
        st.dates(date(2024, 1, 1), date(2030, 1, 1)),
        st.integers(0, 6),
    )
    def test_weeks_and_months_follow_one_another_without_gap_or_overlap(self, code, since, on):
        stored = rules.timetable(code, "08:30", "Asia/Shanghai", on if code == "weekly" else on + 1)
        slots = schedule_of(stored).until(at(since), at(since + 200 * DAY))
        spans = [rules.span_told(code, slot, SHANGHAI) for slot in slots]
        assert len(spans) >= 6
        assert all(later.since == earlier.until + DAY for earlier, later in pairwise(spans))
        assert all(rules.span_compared(code, b) == a for a, b in pairwise(spans))

    def test_a_week_is_held_against_the_same_weekdays_a_month_against_the_month(self):
        week = rules.span_told("weekly", at(date(2026, 11, 19)), SHANGHAI)
        assert week == Span(date(2026, 11, 9), date(2026, 11, 15))
        assert rules.span_compared("weekly", week) == Span(date(2026, 11, 2), date(2026, 11, 8))
        march = rules.span_told("monthly", at(date(2028, 4, 1)), SHANGHAI)
        assert (len(march), len(rules.span_compared("monthly", march))) == (31, 29)

    @pytest.mark.parametrize(("code", "on"), [("weekly", 7), ("monthly", 0), ("monthly", 29)])
    def test_a_day_that_some_week_or_month_lacks_is_refused(self, code, on):
        with pytest.raises(ValueError, match=str(on)):
            rules.timetable(code, "08:30", "UTC", on)

    def test_a_day_off_moves_it_to_the_next_workday_at_the_same_time(self):
        holidays = {date(2026, 10, day) for day in range(1, 8)}
        moved = rules.goes_out(at(date(2026, 10, 1)), SHANGHAI, lambda day: day not in holidays)
        assert moved == at(date(2026, 10, 8))
        assert rules.goes_out(at(date(2026, 10, 1)), SHANGHAI, lambda day: False) == at(
            date(2026, 10, 1)
        )


def at(day):
    return datetime(day.year, day.month, day.day, 8, 30, tzinfo=SHANGHAI)
