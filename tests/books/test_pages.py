"""What finance sees of the books, and what nobody else does."""

import pytest
from django.urls import reverse

from shop.books.models import Journal, PartyBalance
from tests.books.test_ledger import paid
from tests.doors.conftest import desk_of

pytestmark = pytest.mark.django_db


def page(role, name, *args, **query):
    return desk_of(role).get(reverse(f"admin:{name}", args=args), query)


def test_a_journal_shows_its_lines_on_both_sides():
    answer = page("finance", "books_journal_change", paid(19900).pk)
    text = answer.content.decode()
    assert "合同负债" in text
    assert text.count("¥199.00") >= 4


def test_a_journal_is_taken_back_by_its_button_and_says_so():
    journal = paid()
    client = desk_of("finance")
    act = reverse("desk:act", args=["books.reverse_journal", journal.pk])
    client.post(act, {"why": "重复入账"}, follow=True)
    opposite = Journal.objects.get(reverses=journal)
    text = client.get(reverse("admin:books_journal_change", args=[journal.pk])).content.decode()
    assert "已冲销" in text
    assert str(opposite) in text
    assert act not in text, "once is enough"


def test_a_statement_runs_and_the_balance_is_ours_to_owe():
    paid(100)
    paid(250, "payment:2")
    answer = page("finance", "books_partybalance_change", PartyBalance.objects.get().pk)
    text = answer.content.decode()
    assert text.index("¥3.50") < text.index("¥1.00")
    assert "-¥3.50" not in text


def test_the_trial_balance_of_a_day_and_of_an_odd_one():
    paid(100)
    assert "¥1.00" in page("finance", "books_trial_balance").content.decode()
    long_ago = page("finance", "books_trial_balance", until="2020-02-29")
    assert "还没有入账" in long_ago.content.decode()
    for odd in ("2026-02-30", "yesterday", "", "\u0660"):
        assert page("finance", "books_trial_balance", until=odd).status_code == 200


@pytest.mark.parametrize("role", ["service_agent", "warehouse", "operations_manager", "hr"])
def test_the_books_are_not_for_everybody(role):
    assert page(role, "books_trial_balance").status_code == 403
    assert page(role, "books_journal_change", paid().pk).status_code == 404
