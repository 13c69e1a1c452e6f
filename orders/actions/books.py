"""What orders enter into the ledger, in the transaction of the fact itself (decision 0013)."""

from orders import rules
from orders.kinds import (
    DISPUTE_REFUNDED,
    DISPUTED,
    PAID,
    REFUND_CLOSED,
    REFUND_GRANTED,
    REFUND_PAID,
    SOLD,
)
from orders.models import AfterSalesCase, Order, Payment, PaymentDispute, Refund
from orders.selectors import granted_back
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
from shop.books.rules import Entry, credit, debit, reversal
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

    Each line by the VAT rate frozen on it, less what was given back of it before. The caller
    holds the order's lock.
    """
    by.require("orders.book_sale")
    net_fen, vat_fen = rules.net_and_vat(_sold(order))
    if net_fen + vat_fen:
        entries = [
            debit(PREPAID.code, net_fen + vat_fen, order.customer.party_id),
            credit(SALES.code, net_fen),
            credit(OUTPUT_VAT.code, vat_fen),
        ]
        post_journal(SOLD, order.stream, entries, by=by)


def _sold(order: Order, *, apart_from: AfterSalesCase | None = None) -> list[rules.Taxed]:
    """The order's lines less what is granted back of them."""
    back = granted_back(order, apart_from=apart_from)
    return [
        rules.Taxed(line.payable_fen - back.get(line.pk, 0), line.vat_bp)
        for line in order.lines.all()
    ]


def book_refund(refund: Refund, order: Order, *, by: Actor) -> None:
    """Money of a case is granted: owed to the customer from here on (C6.1.2).

    Before the signature it comes from what was paid ahead, afterwards revenue and VAT fall away
    in proportion. The caller holds the order's lock.
    """
    by.require("orders.book_refund")
    owed = credit(OWED_BACK.code, refund.amount_fen, order.customer.party_id)
    post_journal(REFUND_GRANTED, refund.stream, [*_source(refund, order), owed], by=by)


def book_refund_closed(refund: Refund, order: Order, *, by: Actor) -> None:
    """It was not carried out: what was granted is again what it was of the order as it stands."""
    by.require("orders.book_refund_closed")
    granted = [*_source(refund, order), _owed(refund)]
    post_journal(REFUND_CLOSED, refund.stream, reversal(granted), by=by)


def _source(refund: Refund, order: Order) -> list[Entry]:
    """Where the money of a case comes from, as debits."""
    if order.signed_at is None:
        return [debit(PREPAID.code, refund.amount_fen, order.customer.party_id)]
    case = refund.case
    assert case is not None, "only a case's money was ever the order's"
    back = dict(case.lines.values_list("line", "amount_fen"))
    fen = [back.get(line.pk, 0) for line in order.lines.all()]
    net_fen, vat_fen = rules.given_back(_sold(order, apart_from=case), fen)
    return [debit(SALES.code, net_fen), debit(OUTPUT_VAT.code, vat_fen)]


def book_refund_paid(refund: Refund, *, by: Actor) -> None:
    """WeChat Pay gave it back: nothing is owed any more."""
    by.require("orders.book_refund_paid")
    paid_out = credit(WECHAT_PAY.code, refund.amount_fen)
    kind = REFUND_PAID if refund.case_id else DISPUTE_REFUNDED
    post_journal(kind, refund.stream, [*reversal([_owed(refund)]), paid_out], by=by)


def _owed(refund: Refund) -> Entry:
    """The credit that stands for it while it is owed."""
    if refund.dispute is not None:
        return _owed_for(refund.dispute, refund.amount_fen)
    assert refund.payment is not None, "a constraint holds one of the two"
    party_id = refund.payment.order.customer.party_id
    return credit(OWED_BACK.code, refund.amount_fen, party_id)
