"""What orders enter into the ledger, in the transaction of the fact itself (decision 0013)."""

from orders import rules
from orders.kinds import DISPUTED, PAID, SOLD
from orders.models import Order, Payment, PaymentDispute
from shop.books.accounts import (
    OUTPUT_VAT,
    OWED_BACK,
    PREPAID,
    SALES,
    UNEXPLAINED,
    WECHAT_PAY,
)
from shop.books.actions import post_journal, reverse_journal
from shop.books.models import Journal
from shop.books.rules import Entry, credit, debit
from shop.identity.actors import Actor

OF_THE_BOOKS = Actor.system("the books follow the goods and the money")


def book_payment(payment: Payment, party_id: int, *, by: Actor) -> None:
    """Money came for an order: the customer's, until they have the goods (C6.1.2).

    Had the same transaction been kept as a dispute before, that entry is taken back.
    """
    by.require("orders.book_payment")
    for dispute in PaymentDispute.objects.filter(transaction_id=payment.transaction_id):
        _take_back(dispute, by)
    fen = payment.amount_fen
    entries = [debit(WECHAT_PAY.code, fen), credit(PREPAID.code, fen, party_id)]
    post_journal(PAID, payment.stream, entries, by=by)


def _take_back(dispute: PaymentDispute, by: Actor) -> None:
    standing = Journal.objects.about(DISPUTED, dispute.stream).filter(reversed_by=None)
    for journal in standing.filter(reverses=None):
        reverse_journal(journal, "the order could be carried out after all", by=by)


def book_dispute(dispute: PaymentDispute, *, by: Actor) -> None:
    """Money came that fits no order: owed back to whose order it names, else unexplained.

    What is not in fen is left to people.
    """
    by.require("orders.book_dispute")
    if dispute.amount_fen and "currency" not in dispute.fields:
        fen = dispute.amount_fen
        entries = [debit(WECHAT_PAY.code, fen), _owed_for(dispute, fen)]
        post_journal(DISPUTED, dispute.stream, entries, by=by)


def _owed_for(dispute: PaymentDispute, fen: int) -> Entry:
    """The credit of disputed money: another payer than the order's customer has no account."""
    if dispute.payment is None or "payer_openid" in dispute.fields:
        return credit(UNEXPLAINED.code, fen)
    return credit(OWED_BACK.code, fen, dispute.payment.order.customer.party_id)


def book_sale(order: Order, *, by: Actor) -> None:
    """The goods are the customer's: what was paid ahead becomes revenue and output VAT (C6.1.2).

    Each line by the VAT rate frozen on it. The caller holds the order's lock.
    """
    by.require("orders.book_sale")
    lines = [rules.Taxed(line.payable_fen, line.vat_bp) for line in order.lines.all()]
    net_fen, vat_fen = rules.net_and_vat(lines)
    entries = [
        debit(PREPAID.code, net_fen + vat_fen, order.customer.party_id),
        credit(SALES.code, net_fen),
        credit(OUTPUT_VAT.code, vat_fen),
    ]
    post_journal(SOLD, order.stream, entries, by=by)
