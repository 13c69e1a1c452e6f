"""Ratios, their sums and their changes, without a database."""

from fractions import Fraction

import pytest

from shop.figures.rules import Figure, change_bp, is_kept


def test_a_ratio_of_nothing_is_no_case_and_a_count_of_nothing_is_none():
    assert Figure(0, 0).value is None
    assert Figure(0).value == 0
    assert Figure(1, 3).value == Fraction(1, 3)


def test_ratios_are_added_up_before_they_are_divided():
    assert (Figure(1, 1) + Figure(0, 9)).value == Fraction(1, 10)
    assert (Figure(2) + Figure(3)).value == 5
    with pytest.raises(ValueError, match="do not add up"):
        Figure(1) + Figure(1, 2)


@pytest.mark.parametrize(
    ("before", "after", "change"),
    [
        (Figure(100), Figure(106), 600),
        (Figure(100), Figure(50), -5_000),
        (Figure(0), Figure(0), 0),
        (Figure(0), Figure(500), None),  # new, not +50,000 %
        (Figure(0, 0), Figure(1, 2), None),
        (Figure(1, 2), Figure(0, 0), None),
        (Figure(-100), Figure(-50), 5_000),
    ],
)
def test_a_change_has_a_base_or_is_none(before, after, change):
    assert change_bp(before, after) == change


@pytest.mark.parametrize(
    ("figure", "kept"),
    [(Figure(99, 100), True), (Figure(98, 100), False), (Figure(0, 0), None)],
)
def test_a_control_without_a_case_is_neither_kept_nor_broken(figure, kept):
    assert is_kept(figure, 9_900) is kept
