"""A clock's life: started, paused while somebody else must act, warned, met or breached."""

from collections.abc import Callable
from datetime import timedelta

from django.db import connection, transaction

from shop.clock import now
from shop.errors import IllegalTransition
from shop.events.outbox import Event, publish
from shop.events.states import advance
from shop.identity.actors import Actor
from shop.timing import rules
from shop.timing.actions.timers import arm_timer, cancel_timers
from shop.timing.errors import ClockAlreadyOpen, ClockRunOut
from shop.timing.events import (
    ClockBreached,
    ClockCancelled,
    ClockMet,
    ClockPaused,
    ClockRecalculated,
    ClockResumed,
    ClockStarted,
    ClockWarned,
)
from shop.timing.models import Calendar, CalendarVersion, Clock, ClockRecalculation

TIMER = "timing.clock"
WARN, BREACH = 1, 2
OF_THE_CLOCK = Actor.system("a clock's own timers")


def start_clock(
    kind: str, subject: str, calendar: Calendar, target: timedelta, *, by: Actor
) -> Clock:
    """Make a promise: `target` of working time from now (whole seconds). Warns when 3/4 are gone.

    The caller holds the subject's lock. Raises ClockAlreadyOpen while one of this kind is open.
    """
    by.require("timing.start_clock")
    with transaction.atomic():
        earlier = Clock.objects.of(subject).filter(kind=kind)
        if earlier.open().exists():
            raise ClockAlreadyOpen
        clock = Clock(
            kind=kind,
            subject=subject,
            round=earlier.count() + 1,
            calendar=calendar,
            version=_version_in_force(calendar.pk),
            target_seconds=int(target.total_seconds()),
            warn_seconds=int(rules.warn_after(target).total_seconds()),
            started_at=now(),
        )
        _reckon(clock)
        clock.save()
        _arm(clock)
        _say(ClockStarted, clock, by=by)
    return clock


def pause_clock(clock: Clock, reason: str, *, by: Actor) -> Clock:
    """Stop the time while somebody outside must act. Raises ClockRunOut once the time is up."""
    by.require("timing.pause_clock")
    with transaction.atomic():
        clock = Clock.objects.locked().get(pk=clock.pk)
        if clock.is_overdue(now()):
            raise ClockRunOut
        advance(clock, "pause")
        clock.pauses.create(reason=reason, began_at=now())
        clock.warn_at = clock.breach_at = None
        clock.save(update_fields=["status", "warn_at", "breach_at"])
        cancel_timers(TIMER, clock.stream, by=OF_THE_CLOCK)
        _say(ClockPaused, clock, by=by)
    return clock


def resume_clock(clock: Clock, *, by: Actor) -> Clock:
    """Let the time run on, by the calendar in force now."""
    by.require("timing.resume_clock")
    with transaction.atomic():
        clock = Clock.objects.locked().get(pk=clock.pk)
        advance(clock, "resume")
        _end_pause(clock)
        _say(ClockResumed, clock, by=by)
        _reckon_by(clock, _version_in_force(clock.calendar_id), by=by)
    return clock


def meet_clock(clock: Clock, *, by: Actor) -> Clock:
    """What was promised is done. Past its time it is breached first, noticed or not."""
    by.require("timing.meet_clock")
    with transaction.atomic():
        clock = Clock.objects.locked().get(pk=clock.pk)
        if clock.met_at is not None:
            raise IllegalTransition
        if clock.is_overdue(now()):
            _breach(clock, by=by)
        advance(clock, "meet_late" if clock.status == Clock.Status.BREACHED else "meet")
        _end_pause(clock)
        clock.met_at = now()
        clock.save(update_fields=["status", "met_at"])
        cancel_timers(TIMER, clock.stream, by=OF_THE_CLOCK)
        _say(ClockMet, clock, by=by)
    return clock


def cancel_clock(clock: Clock, *, by: Actor) -> Clock:
    """The promise is not owed any more: neither kept nor broken, unless its time was up before."""
    by.require("timing.cancel_clock")
    with transaction.atomic():
        clock = Clock.objects.locked().get(pk=clock.pk)
        cancel_timers(TIMER, clock.stream, by=OF_THE_CLOCK)
        if clock.is_overdue(now()):
            _breach(clock, by=by)
            return clock
        advance(clock, "cancel")
        clock.save(update_fields=["status"])
        _end_pause(clock)
        _say(ClockCancelled, clock, by=by)
    return clock


def judge_clock(clock_id: int, *, by: Actor) -> bool:
    """What its timer does: warn, or breach. False when nothing was due after all.

    By a calendar that is no longer in force nobody is judged: it is reckoned again instead.
    """
    by.require("timing.judge_clock")
    with transaction.atomic():
        clock = Clock.objects.locked().get(pk=clock_id)
        if clock.status != Clock.Status.RUNNING:
            return False
        version = _version_in_force(clock.calendar_id)
        if clock.version_id != version.pk:
            _reckon_by(clock, version, by=by)
            return False
        return _judge(clock, by=by)


def recalculate_clock(clock: Clock, *, by: Actor) -> Clock:
    """Reckon a running clock again by the calendar in force.

    What is paused is reckoned when it resumes; what has ended is left as it was.
    """
    by.require("timing.recalculate_clock")
    with transaction.atomic():
        clock = Clock.objects.locked().get(pk=clock.pk)
        version = _version_in_force(clock.calendar_id)
        if clock.status == Clock.Status.RUNNING and clock.version_id != version.pk:
            _reckon_by(clock, version, by=by)
    return clock


def _judge(clock: Clock, *, by: Actor) -> bool:
    at = now()
    if clock.is_overdue(at):
        _breach(clock, by=by)
        return True
    if clock.warn_at is not None and at >= clock.warn_at and clock.warned_at is None:
        clock.warned_at = clock.warn_at
        clock.save(update_fields=["warned_at"])
        _say(ClockWarned, clock, by=by)
        return True
    _arm(clock)  # the machine's clock was set back since the sweeper looked
    return False


def _breach(clock: Clock, *, by: Actor) -> None:
    """The time was up at `breach_at`, however late anybody noticed."""
    advance(clock, "breach")
    clock.save(update_fields=["status"])
    _say(ClockBreached, clock, by=by)


def _end_pause(clock: Clock) -> None:
    for pause in clock.pauses.filter(ended_at__isnull=True):
        pause.ended_at = max(now(), pause.began_at)
        pause.save(update_fields=["ended_at"])


def _reckon_by(clock: Clock, version: CalendarVersion, *, by: Actor) -> None:
    """Reckon a running clock by this version, arm it anew, and log what moved it."""
    before, was_due = clock.version, clock.breach_at
    clock.version = version
    _reckon(clock)
    clock.save(update_fields=["status", "version", "warn_at", "breach_at"])
    _arm(clock)
    if before.pk != version.pk:
        ClockRecalculation.objects.create(
            clock=clock,
            from_version=before,
            to_version=version,
            old_breach_at=was_due,
            new_breach_at=clock.breach_at,
            at=now(),
        )
        _say(ClockRecalculated, clock, by=by)


def _reckon(clock: Clock) -> None:
    hours = clock.version.hours()
    pauses = clock.stretches() if clock.pk else []
    warn_after = timedelta(seconds=clock.warn_seconds)
    clock.warn_at = rules.due_at(hours, clock.started_at, warn_after, pauses)
    clock.breach_at = rules.due_at(hours, clock.started_at, clock.target, pauses)


def _arm(clock: Clock) -> None:
    assert clock.breach_at is not None and clock.warn_at is not None, "only what runs is armed"
    due = {BREACH: clock.breach_at}
    if clock.warned_at is None:
        due[WARN] = clock.warn_at
    arm_timer(TIMER, clock.stream, due, by=OF_THE_CLOCK)


def _version_in_force(calendar_id: int) -> CalendarVersion:
    """Locked for share: no newer one comes into force until the clock reckoned by it is stored."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1 FROM timing_calendar WHERE id = %s FOR SHARE", [calendar_id])
    return Calendar(pk=calendar_id).current()


def _say(event: Callable[[int, str, str], Event], clock: Clock, *, by: Actor) -> None:
    publish(event(clock.pk, clock.kind, clock.subject), by=by)
