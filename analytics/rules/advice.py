"""What a report suggests: rules as data, each with its article and the desk that can act.

A suggestion is made when its figure stands beyond a limit, or moved by more than one, and enough
cases stand behind it. What it says in words, rendering knows by its code.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction

from analytics.rules.moves import Compared

MOST_ADVICE = 3  # more than three are read by nobody


class When(StrEnum):
    """On what a suggestion hangs: where the figure stands, or which way it went."""

    BELOW = "below"
    ABOVE = "above"
    FELL = "fell"
    ROSE = "rose"


@dataclass(frozen=True)
class Rule:
    """One suggestion. `limit` is a value of the indicator (a share as a fraction, milliseconds, a
    number), or a change as a fraction of what it was; `least` the cases that must be behind it:
    what it is divided by, or its own number before it moved. `page` is the desk that can act."""

    code: str
    indicator: str
    when: When
    limit: Fraction
    least: int
    article: str
    post: str
    page: str
    dimension: str = ""

    def speaks(self, figure: Compared) -> bool:
        """Whether it is to be made of this figure."""
        if self._cases(figure) < self.least:
            return False
        if self.when in {When.BELOW, When.ABOVE}:
            value = figure.after.value
            is_above = value is not None and value > self.limit
            is_below = value is not None and value < self.limit
            return is_above if self.when == When.ABOVE else is_below
        change = Fraction(figure.change_bp or 0, 10_000)
        return change <= -self.limit if self.when == When.FELL else change >= self.limit

    def _cases(self, figure: Compared) -> int:
        if figure.after.denominator is not None:
            return figure.after.denominator
        if self.when in {When.FELL, When.ROSE}:
            return max(figure.before.numerator, figure.after.numerator)
        return figure.after.numerator


SHARE = Fraction(1, 100)
AN_HOUR = Fraction(3_600_000)  # milliseconds

RULES = (
    Rule("ship_sooner", "orders.shipped_on_time", When.BELOW, 95 * SHARE, 20, "A4.2b",
         "warehouse", "warehouse:home"),
    Rule("confirm_sooner", "orders.time_to_confirm", When.ABOVE, AN_HOUR, 20, "A4.2a",
         "service_supervisor", "admin:orders_order_changelist"),
    Rule("see_why_refunded", "orders.refund_rate", When.ABOVE, 5 * SHARE, 100_000, "A4.2d",
         "service_supervisor", "admin:orders_aftersalescase_changelist"),
    Rule("find_stray_parcels", "orders.stray_parcels", When.ABOVE, 3 * SHARE, 30, "C7.1",
         "operations_manager", "admin:orders_parcel_changelist"),
    Rule("clear_overdue_work", "figures.overdue_work", When.ABOVE, Fraction(0), 1, "A3.1",
         "operations_manager", "desk:team"),
    Rule("mend_pages", "analytics.conversion", When.FELL, 20 * SHARE, 100, "B5.4.1",
         "operations_manager", "admin:catalog_product_changelist"),
    Rule("mend_product", "orders.units", When.FELL, 30 * SHARE, 20, "B5.4.1",
         "operations_specialist", "admin:catalog_product_changelist", "sku"),
    Rule("stock_up", "orders.units", When.ROSE, 50 * SHARE, 30, "B3.2.2",
         "operations_manager", "admin:catalog_sku_changelist", "sku"),
    Rule("win_visitors", "analytics.visitors", When.FELL, 20 * SHARE, 100, "B5.4.1",
         "promotion_specialist", "desk:indicator"),
    Rule("win_new_buyers", "orders.new_buyers", When.FELL, 20 * SHARE, 20, "B5.4.1",
         "promotion_specialist", "desk:indicator"),
)  # fmt: skip
"""In the order of their weight: a report makes the first three that speak."""


def rules_of(dimension: str) -> Iterator[Rule]:
    """Those about a figure in whole, or about the members of a dimension."""
    return (rule for rule in RULES if rule.dimension == dimension)
