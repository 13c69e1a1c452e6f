"""What orders enter into the ledger: in the transaction of the fact, once, to the fen (C6.1.2)."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orders import rules
from orders.actions import begin_payment, settle_payment, sign_order
from orders.actions.books import book_dispute, book_payment, book_sale
from orders.models import PaymentDispute
from shop.books.models import Journal, JournalLine, PartyBalance
from shop.errors import NotAllowed
from tests import cast
from tests.make import make_order, make_sku, receipt_for

PRICE, NET, VAT = 12_800, 11_327, 1_473  # 13 % contained in ¥128.00


def posted(kind):
    """Account → fen of all journals of a kind."""
    lines = JournalLine.objects.filter(journal__kind=kind).order_by("account")
    return dict(lines.values_list("account", "amount_fen"))


@pytest.mark.django_db
def test_paid_money_is_the_customers_until_they_have_the_goods(oracle):
    order = make_order("paid")
    assert posted("orders.paid") == {"1012.01": PRICE, "2204": -PRICE}
    balance = PartyBalance.objects.get(party=order.customer.party)
    assert (balance.account, balance.balance_fen) == ("2204", -PRICE)
    assert not Journal.objects.filter(kind="orders.sold").exists()


@pytest.mark.django_db
def test_at_the_signature_it_becomes_revenue_and_output_vat(oracle):
    order = make_order("signed")
    assert posted("orders.sold") == {"2204": PRICE, "2221.01": -VAT, "6001": -NET}
    assert PartyBalance.objects.get(party=order.customer.party).balance_fen == 0


@pytest.mark.django_db
def test_the_rate_is_the_one_frozen_on_the_line(oracle):
    sku = make_sku()
    sku.vat_bp = 900
    sku.save(update_fields=["vat_bp"])
    order = make_order("shipped", sku=sku)
    sku.vat_bp = 0
    sku.save(update_fields=["vat_bp"])
    sign_order(order, by=cast.shopper())
    assert posted("orders.sold") == {"2204": PRICE, "2221.01": -1_057, "6001": -11_743}


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("lie", "account"),
    [
        ({"amount_fen": 1}, "2241.01"),
        ({"payer_openid": "somebody else"}, "2241.02"),
        ({"currency": "HKD"}, None),
    ],
)
def test_money_that_does_not_fit_is_owed_back_or_unexplained(oracle, lie, account):
    payment = begin_payment(make_order("unpaid"), by=cast.shopper())
    settle_payment(receipt_for(payment, **lie), by=cast.SYSTEM)
    fen = lie.get("amount_fen", PRICE)
    assert posted("orders.disputed") == ({"1012.01": fen, account: -fen} if account else {})


@pytest.mark.django_db
def test_a_second_payment_is_owed_back(oracle):
    payment = make_order("paid").payments.get()
    settle_payment(receipt_for(payment, transaction_id="42000second"), by=cast.SYSTEM)
    assert posted("orders.disputed") == {"1012.01": PRICE, "2241.01": -PRICE}


@pytest.mark.django_db
def test_a_dispute_that_turns_out_right_is_taken_back_and_counted_once(oracle):
    payment = begin_payment(make_order("unpaid"), by=cast.shopper())
    settle_payment(receipt_for(payment, amount_fen=1), by=cast.SYSTEM)
    settle_payment(receipt_for(payment), by=cast.SYSTEM)
    cash = JournalLine.objects.filter(account="1012.01").values_list("amount_fen", flat=True)
    assert sum(cash) == PRICE
    assert Journal.objects.filter(kind="orders.disputed", reverses=None).count() == 1
    assert Journal.objects.filter(kind="orders.disputed").count() == 2


@pytest.mark.django_db
def test_a_repeat_posts_nothing_and_only_the_house_may_post():
    order = make_order("signed")
    payment = order.payments.get()
    settle_payment(receipt_for(payment, transaction_id="42000second"), by=cast.SYSTEM)
    before = Journal.objects.count()
    book_payment(payment, order.customer.party_id, by=cast.SYSTEM)
    book_sale(order, by=cast.SYSTEM)
    book_dispute(PaymentDispute.objects.get(), by=cast.SYSTEM)
    assert Journal.objects.count() == before
    with pytest.raises(NotAllowed):
        book_payment(payment, order.customer.party_id, by=cast.staff("finance"))


LINES = st.builds(rules.Taxed, st.integers(0, 10**9), st.sampled_from([0, 900, 1_300]))


@given(st.lists(LINES, max_size=20))
def test_net_and_vat_are_together_what_was_paid(lines):
    net, vat = rules.net_and_vat(lines)
    assert net + vat == sum(line.gross_fen for line in lines)
    assert net >= 0 and vat >= 0
