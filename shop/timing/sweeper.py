"""Fires what is due. Any number of sweepers may run; each timer fires once or not at all.

A transaction per timer holds its effect and its new state together. The effect comes first and
the state last, guarded by "still armed", because that is the order in which whoever cancels
locks them: first the subject, then its timer. The other way round the two would deadlock. So a
sweeper keeps the others off a timer by an advisory lock on its number, not by a lock on the row.
"""

import random
from collections.abc import Callable
from contextvars import ContextVar

import structlog
from django.db import connection, transaction

from shop.clock import now
from shop.events.outbox import publish
from shop.identity.actors import Actor, Door
from shop.timing import rules
from shop.timing.events import TimerDied
from shop.timing.models import Timer

log = structlog.get_logger(__name__)
BATCH = 20  # between two batches the relay hands out deliveries: neither waits long

Fire = Callable[[Timer], bool]
"""Locks and re-reads the subject, then writes the effect. False: nothing is due any more."""

FIRES: dict[str, Fire] = {}
"""Kind of timer → what it sets off."""

firing: ContextVar[int | None] = ContextVar("firing_timer", default=None)
"""The timer whose effect is being written: re-arming its subject does not cancel it."""


class _Overtaken(Exception):
    """The timer was cancelled while its effect was being written: undo that."""


def fires(kind: str) -> Callable[[Fire], Fire]:
    """Register a function of `tasks.py` as what timers of this kind set off (`app.kind`)."""

    def register(run: Fire) -> Fire:
        FIRES[kind] = run
        return run

    return register


def sweep_timers(limit: int = BATCH) -> int:
    """Fire what is due, the longest due first. Returns how many timers it saw to.

    A timer that fails is tried again later and holds up nobody; too often, and it is dead.
    """
    due = list(Timer.objects.due(now()).values_list("pk", flat=True)[:limit])
    return sum(_see_to(timer_id) for timer_id in due)


def _see_to(timer_id: int) -> bool:
    try:
        with transaction.atomic():
            return _fire(timer_id)
    except _Overtaken:
        log.info("timer_overtaken", timer=timer_id)
    except Exception as error:
        log.warning("timer_failed", timer=timer_id, exc_info=error)
        _put_back(timer_id, f"{type(error).__name__}: {error}")
    return True


def _fire(timer_id: int) -> bool:
    """False: another sweeper has it, or had it."""
    if not _is_ours(timer_id):
        return False
    timer = Timer.objects.due(now()).filter(pk=timer_id).first()
    if timer is None:
        return False
    _settle(timer, _outcome(timer))
    return True


def _is_ours(timer_id: int) -> bool:
    """Keep other sweepers off until the transaction ends; whoever cancels is not kept off."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_try_advisory_xact_lock(hashtextextended(%s, 0))", [f"timer:{timer_id}"]
        )
        [is_ours] = cursor.fetchone()
    return bool(is_ours)


def _outcome(timer: Timer) -> Timer.State:
    if _is_outranked(timer):
        return Timer.State.SKIPPED
    token = firing.set(timer.pk)
    try:
        was_due = FIRES[timer.kind](timer)
    finally:
        firing.reset(token)
    return Timer.State.FIRED if was_due else Timer.State.CANCELLED


def _is_outranked(timer: Timer) -> bool:
    """Whether a higher level of the same arming is due too, or has fired."""
    return (
        Timer.objects.of(timer.kind, timer.subject)
        .filter(generation=timer.generation, level__gt=timer.level, due_at__lte=now())
        .filter(state__in=[Timer.State.ARMED, Timer.State.FIRED])
        .exists()
    )


def _settle(timer: Timer, state: Timer.State) -> None:
    """Write what became of it, unless it was cancelled meanwhile: then nothing has happened."""
    fired_at = now() if state == Timer.State.FIRED else None
    still_armed = Timer.objects.armed().filter(pk=timer.pk)
    if not still_armed.update(state=state, fired_at=fired_at) and fired_at:
        raise _Overtaken


def _put_back(timer_id: int, error: str) -> None:
    """Try again later; or give up, where people see it."""
    jitter = random.uniform(0.5, 1.5)  # noqa: S311 - spreads retries, keeps no secret
    with transaction.atomic():
        timer = Timer.objects.armed().filter(pk=timer_id).select_for_update(no_key=True).first()
        if timer is None:
            return
        timer.attempts += 1
        timer.last_error = error[:2000]
        again = rules.next_attempt(timer.attempts, now(), jitter)
        if again is None:
            _let_die(timer)
        else:
            timer.try_at = again
        timer.save(update_fields=["attempts", "last_error", "try_at", "state"])


def _let_die(timer: Timer) -> None:
    timer.state = Timer.State.DEAD
    log.error("timer_died", timer=str(timer), error=timer.last_error)
    by = Actor.system("a timer failed too often", Door.CLOCK)
    publish(TimerDied(timer.pk, timer.kind, timer.subject), by=by)
