"""How large a large shop is."""

from dataclasses import dataclass
from math import ceil

from demo.content import products

COPIES = 40  # of each pattern
PRODUCTS, ORDERS = 20_000, 1_000_000
NEW_SHARE = 0.2  # of the orders: somebody who has never bought here
DAYS = 730
KINDS = len(products())
FAMILIES = (1.0, 0.75, 1.25, 0.6, 1.5, 0.85, 1.15, 2.0, 0.5, 1.75, 0.9, 2.6)
"""By how much goods of one kind differ in price; those bought most come first."""


@dataclass(frozen=True)
class Size:
    """`scale` 1 is the whole; every figure follows from it."""

    scale: float = 1.0

    @property
    def products(self) -> int:
        """At least one of each kind."""
        return max(KINDS, ceil(PRODUCTS * self.scale))

    @property
    def families(self) -> int:
        """How many prices each kind comes at."""
        return min(len(FAMILIES), self.products // KINDS)

    @property
    def patterns(self) -> int:
        return ceil(ORDERS * self.scale / COPIES)

    @property
    def orders(self) -> int:
        return self.patterns * COPIES
