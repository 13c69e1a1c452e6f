"""The price engine: a pure function from a cart to a quote that explains itself.

Preview, cart and order call the same `quote`, so what was shown is what is charged. Prices come
in lanes; each lane may lower a line and says by how much and why.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

MAX_LINE_QUANTITY = 99
MAX_LINES = 50


@dataclass(frozen=True)
class Wanted:
    """A line to be priced. Amounts in fen per unit; None: there is no member price."""

    sku_id: int
    quantity: int
    list_fen: int
    member_fen: int | None = None


@dataclass(frozen=True)
class Adjustment:
    """What one lane did to a line: `fen` is signed and for the whole line."""

    lane: str
    rule: str
    fen: int


@dataclass(frozen=True)
class QuotedLine:
    """A priced line. `payable_fen` = list × quantity + all adjustments."""

    sku_id: int
    quantity: int
    list_fen: int
    adjustments: tuple[Adjustment, ...] = field(default=())

    @property
    def payable_fen(self) -> int:
        return self.list_fen * self.quantity + sum(step.fen for step in self.adjustments)


@dataclass(frozen=True)
class Quote:
    """The whole cart's price, in fen."""

    lines: tuple[QuotedLine, ...]

    @property
    def list_fen(self) -> int:
        return sum(line.list_fen * line.quantity for line in self.lines)

    @property
    def payable_fen(self) -> int:
        return sum(line.payable_fen for line in self.lines)

    @property
    def saved_fen(self) -> int:
        return self.list_fen - self.payable_fen


def quote(wanted: Sequence[Wanted], *, is_member: bool) -> Quote:
    """Price a cart. The unit lane takes the best of list price and, for members, member price."""
    return Quote(tuple(_unit_lane(line, is_member) for line in wanted))


def _unit_lane(line: Wanted, is_member: bool) -> QuotedLine:
    adjustments: tuple[Adjustment, ...] = ()
    if is_member and line.member_fen is not None and line.member_fen < line.list_fen:
        saved = (line.member_fen - line.list_fen) * line.quantity
        adjustments = (Adjustment("unit", "member_price", saved),)
    return QuotedLine(line.sku_id, line.quantity, line.list_fen, adjustments)
