"""The arithmetic of journals, without a database."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shop.books.rules import (
    Entry,
    Unbalanced,
    balanced,
    credit,
    debit,
    reversal,
    turnover,
    without_vat,
)

FEN = st.integers(0, 10**11)


def test_debits_are_positive_and_credits_negative():
    assert debit("1012.01", 500) == Entry("1012.01", 500)
    assert credit("2204", 500, party_id=7) == Entry("2204", -500, 7)


@pytest.mark.parametrize("side", [debit, credit])
def test_a_negative_amount_is_the_other_side_and_refused(side):
    with pytest.raises(Unbalanced):
        side("6001", -1)


@pytest.mark.parametrize(
    "entries",
    [
        [],
        [debit("1012.01", 5)],
        [debit("1012.01", 5), credit("6001", 4)],
        [debit("1012.01", 0), credit("6001", 0)],
    ],
)
def test_what_does_not_balance_is_no_journal(entries):
    with pytest.raises(Unbalanced):
        balanced(entries)


def test_lines_of_nothing_are_left_out():
    entries = [debit("1012.01", 5), credit("6001", 5), credit("2221.01", 0)]
    assert balanced(entries) == entries[:2]


def test_turnover_and_reversal():
    entries = [debit("1012.01", 5), credit("6001", 3), credit("2221.01", 2)]
    assert turnover(entries) == 5
    assert turnover(reversal(entries)) == 5
    assert sum(e.amount_fen for e in reversal(entries)) == 0


@pytest.mark.parametrize(
    ("gross", "rate", "net", "vat"),
    [
        (11300, 1300, 10000, 1300),
        (10900, 900, 10000, 900),
        (9900, 0, 9900, 0),
        (1, 1300, 1, 0),
        (5, 1300, 4, 1),  # 0.575 fen is rounded up
        (0, 1300, 0, 0),
    ],
)
def test_the_tax_within_a_price(gross, rate, net, vat):
    assert without_vat(gross, rate) == (net, vat)


@given(FEN, st.integers(0, 10_000))
def test_net_and_tax_add_up_and_the_tax_is_off_by_half_a_fen_at_most(gross, rate):
    net, vat = without_vat(gross, rate)
    assert net + vat == gross
    assert abs(2 * (vat * (10_000 + rate) - gross * rate)) <= 10_000 + rate
