"""The kernel's pure rules."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shop.books.money import share, split, yuan
from shop.events.rules import LONGEST_WAIT, PARK_AFTER, next_attempt
from shop.identity.rules import dialled, is_phone, masked_name, masked_phone

AT = datetime(2026, 11, 11, tzinfo=UTC)
amounts = st.integers(0, 10**12)


@given(amounts, st.lists(st.integers(0, 10**9), min_size=1, max_size=20))
def test_a_split_adds_up_and_is_fair(fen, weights):
    parts = split(fen, weights)
    assert sum(parts) == fen
    assert min(parts) >= 0
    assert split(fen, weights) == parts
    if total := sum(weights):
        exact = [fen * weight / total for weight in weights]
        assert all(
            abs(part - wish) <= 1 + wish * 1e-9 for part, wish in zip(parts, exact, strict=True)
        )


@given(amounts, st.integers(0, 10_000))
def test_a_share_is_half_up_and_never_more_than_the_whole(fen, basis_points):
    part = share(fen, basis_points)
    assert 0 <= part <= fen
    assert abs(part * 10_000 - fen * basis_points) <= 5_000


@pytest.mark.parametrize("bad", [(-1, [1]), (1, []), (1, [-1, 2])])
def test_a_split_refuses_nonsense(bad):
    with pytest.raises(ValueError, match="split"):
        split(*bad)


@pytest.mark.parametrize(
    ("fen", "text"), [(0, "¥0.00"), (5, "¥0.05"), (123_456, "¥1,234.56"), (-100, "-¥1.00")]
)
def test_yuan_reads_as_people_write_it(fen, text):
    assert yuan(fen) == text


@given(st.integers(1, 200), st.floats(0.5, 1.5))
def test_retries_wait_longer_and_longer_but_never_over_an_hour_and_a_half(attempts, jitter):
    again = next_attempt(attempts, AT, AT, jitter)
    assert AT < again <= AT + LONGEST_WAIT * 1.5


def test_three_days_are_enough():
    assert next_attempt(9, AT, AT + PARK_AFTER, 1) is None
    assert next_attempt(9, AT, AT + PARK_AFTER - timedelta(seconds=1), 1) is not None


@pytest.mark.parametrize(
    ("typed", "number"),
    [
        ("138 0000 1234", "13800001234"),
        ("+86 13800001234", "13800001234"),
        ("１３８００００１２３４", "13800001234"),
        ("0571-88880000", "0571-88880000"),
    ],
)
def test_phones_are_understood_as_typed(typed, number):
    assert dialled(typed) == number
    assert is_phone(number)


@pytest.mark.parametrize("typed", ["", "12800001234", "1380000123", "138000012345", "x" * 20])
def test_what_is_no_phone(typed):
    assert not is_phone(dialled(typed))


def test_masks_hide_enough():
    assert masked_phone("13800001234") == "138****1234"
    assert masked_phone("12345") == "****"
    assert masked_name("欧阳明") == "欧**"
    assert masked_name("") == ""
