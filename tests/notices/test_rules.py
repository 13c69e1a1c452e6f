"""Quiet hours to the second, what a keyword takes, masks."""

from datetime import UTC, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shop.notices.rules import (
    CUSTOMERS_NIGHT,
    QuietHours,
    fitted,
    masked_mail,
)
from tests.notices.cases import on

SECOND = timedelta(seconds=1)


@pytest.mark.parametrize(
    ("at", "opens"),
    [
        (on("2026-11-18", "20:59:59"), on("2026-11-18", "20:59:59")),
        (on("2026-11-18", "21:00"), on("2026-11-19", "08:00")),
        (on("2026-11-18", "23:59:59"), on("2026-11-19", "08:00")),
        (on("2026-11-19", "00:00"), on("2026-11-19", "08:00")),
        (on("2026-11-19", "07:59:59"), on("2026-11-19", "08:00")),
        (on("2026-11-19", "08:00"), on("2026-11-19", "08:00")),
        (on("2026-12-31", "22:00"), on("2027-01-01", "08:00")),
    ],
)
def test_a_customers_night_spans_midnight(at, opens):
    assert CUSTOMERS_NIGHT.opening(at) == opens
    assert CUSTOMERS_NIGHT.opening(at.astimezone(UTC)) == opens


def test_hours_within_a_day_and_none_at_all():
    nap = QuietHours(time(12), time(14))
    assert nap.opening(on("2026-11-18", "13:00")) == on("2026-11-18", "14:00")
    assert nap.opening(on("2026-11-18", "14:00")) == on("2026-11-18", "14:00")
    assert not QuietHours(time(9), time(9)).cover(on("2026-11-18", "09:00"))


@given(st.datetimes(timezones=st.just(UTC)), st.times(), st.times())
def test_an_opening_is_the_first_instant_that_is_not_quiet(at, begins, ends):
    quiet = QuietHours(begins.replace(microsecond=0), ends.replace(microsecond=0))
    try:
        opens = quiet.opening(at)
    except OverflowError:  # the calendar's last day has no next
        return
    assert not quiet.cover(opens)
    assert timedelta() <= opens - at <= timedelta(days=1)
    assert opens == at or quiet.cover(opens - SECOND)


@pytest.mark.parametrize(
    ("keyword", "text", "shown"),
    [
        ("thing1", "深海鱼油", "深海鱼油"),
        ("thing2", "颐禾牌深海鱼油软胶囊六十粒装二十个字", "颐禾牌深海鱼油软胶囊六十粒装二十个字"),
        ("thing3", "长" * 21, "长" * 19 + "…"),
        ("thing4", "两行\n一句", "两行 一句"),
        ("name5", "一个十一个字长的名字呀", "一个十一个字长的名…"),
        ("character_string6", "S" * 40, "S" * 40),
        ("phrase7", "已取消", "已取消"),
        ("amount8", "¥128.00", "¥128.00"),
        ("colour", "whatever", "whatever"),
    ],
)
def test_words_are_cut_to_their_keyword_and_figures_never(keyword, text, shown):
    assert fitted(keyword, text) == shown


@pytest.mark.parametrize(
    ("address", "mask"), [("lihua@shop.example", "li***@shop.example"), ("", ""), ("x", "")]
)
def test_an_address_is_masked(address, mask):
    assert masked_mail(address) == mask
