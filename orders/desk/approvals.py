"""How what is approved of an order reads."""

from typing import Any

from orders.kinds import REFUND_OVER_LIMIT
from orders.models import AfterSalesCase
from shop.books.money import yuan
from shop.doors.desk.approvals import words_for


@words_for(REFUND_OVER_LIMIT)
def refund_in_words(key: str, value: Any) -> Any:
    """Its amount in yuan, its reason by name."""
    if key == "amount_fen":
        return yuan(value)
    reasons = dict(AfterSalesCase.Reason.choices)
    return reasons.get(value, value) if key == "reason" else value
