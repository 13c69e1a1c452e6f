"""What a promise of the past has left behind: its clock, and what is armed while it runs."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from demo.history.books import MOMENT
from demo.history.facts import Author, Facts
from demo.history.rows import Rows
from shop.timing.actions.clocks import BREACH, TIMER, WARN
from shop.timing.events import ClockMet, ClockStarted, ClockWarned
from shop.timing.models import CalendarVersion
from shop.timing.rules import due_at, warn_after

OF_THE_ORDER = Author("reaction", reason="an order's own clocks")
OF_THE_CLOCK = Author("clock", reason="a clock fell due")


@dataclass(frozen=True)
class LeftPromise:
    """A promise that was kept in time, or runs still when what is written ends. Who plans late
    ones must live them."""

    kind: str
    subject: str
    target: timedelta
    made_at: datetime
    kept_at: datetime | None
    end: datetime

    def leave(self, calendar: CalendarVersion, rows: Rows, facts: Facts) -> None:
        """Add its clock to the rows, and what was told of it to the facts."""
        hours = calendar.hours()
        warn_at = due_at(hours, self.made_at, warn_after(self.target), ())
        breach_at = due_at(hours, self.made_at, self.target, ())
        assert warn_at is not None and breach_at is not None
        assert (self.kept_at or self.end) < breach_at, f"{self.subject}: late for {self.kind}"
        is_warned = self.kept_at is None and warn_at <= self.end
        clock_id = rows.add(
            "timing_clock",
            kind=self.kind,
            subject=self.subject,
            round=1,
            calendar_id=calendar.calendar_id,
            version_id=calendar.pk,
            status="met" if self.kept_at else "running",
            target_seconds=int(self.target.total_seconds()),
            warn_seconds=int(warn_after(self.target).total_seconds()),
            started_at=self.made_at,
            warn_at=warn_at,
            breach_at=breach_at,
            warned_at=warn_at if is_warned else None,
            met_at=self.kept_at,
        )
        told = (clock_id, self.kind, self.subject)
        facts.tell(ClockStarted(*told), self.made_at + MOMENT, OF_THE_ORDER)
        if self.kept_at is not None:
            facts.tell(ClockMet(*told), self.kept_at + MOMENT, OF_THE_ORDER)
            return
        if is_warned:
            facts.tell(ClockWarned(*told), warn_at + MOMENT, OF_THE_CLOCK)
        for level, falls_due in ((WARN, warn_at), (BREACH, breach_at)):
            self._arm(clock_id, level, falls_due, rows)

    def _arm(self, clock_id: int, level: int, falls_due: datetime, rows: Rows) -> None:
        has_fired = falls_due <= self.end
        rows.add(
            "timing_timer",
            kind=TIMER,
            subject=f"clock:{clock_id}",
            generation=1,
            level=level,
            due_at=falls_due,
            state="fired" if has_fired else "armed",
            fired_at=falls_due + MOMENT if has_fired else None,
            attempts=0,
            try_at=falls_due,
            last_error="",
        )
