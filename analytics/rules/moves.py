"""Which figures moved enough to be told: between two stretches of days, by values alone."""

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction

from shop.figures.rules import Figure, change_bp

LEAST_CHANGE_BP = 1_000  # a tenth of what it was
LEAST_CASES = 30  # below which a share or a mean says little
FLOORS: Mapping[str, int] = {"count": 10, "fen": 50_000}
"""By how much a total must move at least: from 1 to 2 is no news. Units, and ¥500."""
FLOORS_OF_MEANS: Mapping[str, Fraction] = {
    "count": Fraction(1),
    "fen": Fraction(1_000),
    "ratio": Fraction(3, 100),
    "seconds": Fraction(300_000),
}
"""The same for shares and means: ¥10 a buyer, three points of a hundred, five minutes."""


@dataclass(frozen=True)
class Compared:
    """A figure of some days beside that of others. Totals of unlike many days are compared by
    the day (`by_the_day`); shares, means and levels are compared as they are."""

    before: Figure
    after: Figure
    days_before: int = 1
    days_after: int = 1
    by_the_day: bool = False

    @property
    def change_bp(self) -> int | None:
        """By how many basis points it changed; None where there is no base."""
        return change_bp(self._of_a_day(self.before, self.days_before), self._after_of_a_day)

    @property
    def moved(self) -> Fraction:
        """By how much, at the length of the later days. No value counts as nothing."""
        before = self._of_a_day(self.before, self.days_before).value or Fraction(0)
        after = self._after_of_a_day.value or Fraction(0)
        return (after - before) * (self.days_after if self.by_the_day else 1)

    def is_news(self, unit: str) -> bool:
        """Whether it moved by a tenth and by more than a handful, from enough cases to say so."""
        change = self.change_bp
        if change is not None and abs(change) < LEAST_CHANGE_BP:
            return False
        if self.after.denominator is None:
            return abs(self.moved) >= FLOORS[unit]
        cases = min(self.before.denominator or 0, self.after.denominator or 0)
        return cases >= LEAST_CASES and abs(self.moved) >= FLOORS_OF_MEANS[unit]

    @property
    def _after_of_a_day(self) -> Figure:
        return self._of_a_day(self.after, self.days_after)

    def _of_a_day(self, figure: Figure, days: int) -> Figure:
        return Figure(figure.numerator, days) if self.by_the_day else figure
