"""What customers write in their own words is checked by WeChat (文本内容安全识别)."""

from orders import actions
from orders.actions.words import UNCHECKED
from orders.errors import WordsRefused
from orders.models import AfterSalesCase, Order
from shop.identity.actors import Actor
from shop.identity.models import Customer
from shop.vendors.errors import VendorRefused, VendorRetryable
from shop.vendors.wechat.content import Verdict, get_content_check


def weigh_words(customer: Customer, words: str, field: str) -> str:
    """The verdict on what a customer is about to say, or `unchecked` when WeChat gives none now.

    Raises WordsRefused, which names the field. Nobody is kept from buying because WeChat is away.
    """
    if not words.strip():
        return Verdict.PASS
    try:
        verdict = get_content_check().verdict(words, customer.openid)
    except VendorRetryable:
        return UNCHECKED
    except VendorRefused:  # not seen for two hours: people can read it as well
        return Verdict.REVIEW
    if verdict is Verdict.RISKY:
        raise WordsRefused(field)
    return verdict


def check_words(order: Order, case: AfterSalesCase | None, *, by: Actor) -> None:
    """Ask again about what was taken unchecked. Raises VendorRetryable: the lane tries again."""
    words = case.note if case else order.remark
    if not words:  # erased meanwhile
        return
    try:
        verdict = get_content_check().verdict(words, order.customer.openid)
    except VendorRefused:
        verdict = Verdict.REVIEW
    actions.note_words(order, case, verdict, by=by)
