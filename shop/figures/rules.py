"""Figures from values alone: what a numerator and a denominator come to, and how they compare."""

from dataclasses import dataclass
from fractions import Fraction


@dataclass(frozen=True)
class Figure:
    """A numerator and, for ratios, a denominator. Fen, counts or milliseconds: whole numbers."""

    numerator: int
    denominator: int | None = None

    @property
    def value(self) -> Fraction | None:
        """The figure; None where nothing was there to be divided by: no case, not 0 %."""
        if self.denominator is None:
            return Fraction(self.numerator)
        return Fraction(self.numerator, self.denominator) if self.denominator else None

    def __add__(self, other: "Figure") -> "Figure":
        """Of two stretches of days: ratios are added up first and divided afterwards."""
        if (self.denominator is None) != (other.denominator is None):
            raise ValueError("a count and a ratio do not add up")
        if self.denominator is None or other.denominator is None:
            return Figure(self.numerator + other.numerator)
        return Figure(self.numerator + other.numerator, self.denominator + other.denominator)


def change_bp(before: Figure, after: Figure) -> int | None:
    """By how many basis points a figure changed; None where there is no base: that is new."""
    if before.value is None or after.value is None:
        return None
    if before.value == after.value:
        return 0
    return (
        round((after.value - before.value) / abs(before.value) * 10_000) if before.value else None
    )


def is_kept(figure: Figure, target_bp: int) -> bool | None:
    """Whether a control reaches its target; None while there is no case."""
    return None if figure.value is None else figure.value * 10_000 >= target_bp
