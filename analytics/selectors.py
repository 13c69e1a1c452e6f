"""What a report says, who reads it, and what stands in a mail's way."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from analytics.models import ReportMail, ReportRun, Subscription
from analytics.models.reports import READ
from shop.clock import now
from shop.figures.models import MeasuredValue
from shop.figures.registry import CONTROLS, INDICATORS, Better, Control, Indicator
from shop.figures.rules import Figure, change_bp, is_kept
from shop.figures.selectors import control_figure, is_complete, trend
from shop.identity.actors import Actor
from shop.identity.models import User
from shop.notices.selectors import is_suspended
from shop.work.models import WorkItem, posts_under

Reason = ReportMail.Reason

HEADLINES = ("orders.net_fen", "orders.paid_amount")
"""What the subject and the chart are of: what is left after refunds, as soon as it is measured."""
TILES = (
    "orders.paid_orders",
    "orders.amount_per_buyer",
    "analytics.visitors",
    "analytics.conversion",
    "orders.refund_rate",
    "orders.new_buyers",
    "orders.shipped_on_time",
    "figures.overdue_work",
)
MOST_TILES = 8
A_WEEK = timedelta(days=7)
TREND = timedelta(days=13)  # and the day itself: a fortnight
MOST_LATE = 5


@dataclass(frozen=True)
class Tile:
    """One indicator on the day of the report, beside the same weekday a week before."""

    indicator: Indicator
    figure: Figure | None
    before: Figure | None

    @property
    def change_bp(self) -> int | None:
        if self.figure is None or self.before is None:
            return None
        return change_bp(self.before, self.figure)

    @property
    def is_new(self) -> bool:
        """There is something where there was nothing: no percentage says that."""
        had_none = self.before is not None and self.before.value == 0
        return had_none and self.figure is not None and bool(self.figure.value)

    @property
    def is_worse(self) -> bool:
        change = self.change_bp
        if not change or self.indicator.better == Better.NEITHER:
            return False
        return (change < 0) == (self.indicator.better == Better.HIGHER)


@dataclass(frozen=True)
class Fall:
    """A control that fell short of its target on the day."""

    control: Control
    figure: Figure

    @property
    def cases(self) -> int:
        return (self.figure.denominator or 0) - self.figure.numerator

    @property
    def distance(self) -> float:
        return float((self.figure.value or 0) * 10_000 - self.control.target_bp)


@dataclass(frozen=True)
class Day:
    """What the report says of its day to everybody who may look at figures."""

    day: date
    is_complete: bool
    tiles: tuple[Tile, ...]
    falls: tuple[Fall, ...]
    trend: tuple[tuple[date, Figure | None], ...]
    restated: tuple[date, ...]

    @property
    def headline(self) -> Tile:
        return self.tiles[0]

    @property
    def worst(self) -> Fall | Tile | None:
        """The control farthest below its target; else the figure that got worse most."""
        if self.falls:
            return min(self.falls, key=lambda fall: fall.distance)
        worse = [tile for tile in self.tiles if tile.is_worse]
        return max(worse, key=lambda tile: abs(tile.change_bp or 0), default=None)


def day_of(day: date) -> Day:
    """The figures of a day as they are known now; what was not measured is missing, not zero."""
    shown = list(_shown())
    since = day - TREND
    known = trend(shown[0], since, day)
    days = [since + timedelta(days=n) for n in range(TREND.days + 1)]
    return Day(
        day=day,
        is_complete=is_complete(day),
        tiles=tuple(_tile(indicator, day) for indicator in shown),
        falls=tuple(_falls(day)),
        trend=tuple((on, known.get(on)) for on in days),
        restated=tuple(_restated(shown[0], since, day)),
    )


def _shown() -> Iterator[Indicator]:
    headline = next(code for code in HEADLINES if code in INDICATORS)
    codes = [headline, *(code for code in TILES if code in INDICATORS)]
    for code in codes[:MOST_TILES]:
        yield INDICATORS[code]


def _tile(indicator: Indicator, day: date) -> Tile:
    known = trend(indicator, day - A_WEEK, day)
    return Tile(indicator, known.get(day), known.get(day - A_WEEK))


def _falls(day: date) -> Iterator[Fall]:
    for control in CONTROLS.values():
        figure = control_figure(control, day, day)
        if is_kept(figure, control.target_bp) is False:
            yield Fall(control, figure)


def _restated(indicator: Indicator, since: date, until: date) -> list[date]:
    """Days of the trend whose value changed after they were first measured."""
    values = MeasuredValue.objects.latest().between(since, until)
    changed = values.filter(indicator=indicator.code, version=indicator.version, dimension="")
    return sorted(changed.filter(revision__gt=1).values_list("day", flat=True))


@dataclass(frozen=True)
class LateWork:
    """Open work past its time, as far as one person may see it; the latest first."""

    count: int
    items: tuple[WorkItem, ...]


def late_work(actor: Actor) -> LateWork:
    """What is late now among the work this person may see."""
    late = WorkItem.objects.visible_to(actor).late(now())
    first = late.select_related("clock__version", "person").order_by("clock__breach_at", "pk")
    return LateWork(late.count(), tuple(first[:MOST_LATE]))


@dataclass(frozen=True)
class Reader:
    """Somebody a run is for; `reason` says why they get none after all."""

    user: User
    reason: str
    is_duty: bool


def readers(run: ReportRun) -> list[Reader]:
    """Whom a run is for: its subscribers, or whoever asked for the test."""
    if run.is_test:
        assert run.opened_by is not None, "a test is asked for by somebody"
        return [Reader(run.opened_by, _unfit(run.opened_by), False)]
    standing = run.report.subscriptions.standing().select_related("user")
    return [
        Reader(one.user, _unfit(one.user) or _unwanted(one, run), one.is_duty)
        for one in standing.prefetch_related("user__groups")
    ]


def obstacle(mail: ReportMail) -> str:
    """Why a mail must not go out now, though it was composed; empty when nothing is in its way."""
    user = User.objects.get(pk=mail.recipient_id)  # afresh: rights are kept on the object
    if reason := _unfit(user):
        return reason
    if not set(mail.sight) <= set(sight_of(user)):
        return Reason.CHANGED
    if mail.run.is_test:
        return ""
    subscription = mail.run.report.subscriptions.filter(user=user).first()
    if subscription is None or subscription.ended_at is not None:
        return Reason.ENDED
    return _unwanted(subscription, mail.run)


def _unfit(user: User) -> str:
    if not user.is_active:
        return Reason.LEFT
    if not Actor.staff(user).may(READ):
        return Reason.NOT_PERMITTED
    if not user.email:
        return Reason.NO_ADDRESS
    return Reason.SUSPENDED if is_suspended(user) else ""


def _unwanted(subscription: Subscription, run: ReportRun) -> str:
    if subscription.is_paused(run.slot_at.astimezone(run.place).date()):
        return Reason.PAUSED
    is_bad = subscription.refused_address == subscription.user.email
    return Reason.BAD_ADDRESS if is_bad else ""


def sight_of(user: User) -> tuple[str, ...]:
    """The posts whose work this person may see."""
    return tuple(posts_under(user))
