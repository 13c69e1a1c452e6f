"""Arming and cancelling. What a timer sets off, `@fires` registers."""

from collections.abc import Mapping
from datetime import datetime

from django.db import connection, transaction
from django.db.models import Max

from shop.clock import now
from shop.events.outbox import publish
from shop.identity.actors import Actor
from shop.timing.errors import TimerNotDead
from shop.timing.events import TimerReplayed
from shop.timing.models import Timer
from shop.timing.sweeper import FIRES, firing

Due = datetime | Mapping[int, datetime]
"""One instant, or level (from 1) → instant where a higher level outranks a lower one."""


def arm_timer(kind: str, subject: str, due: Due, *, by: Actor) -> int:
    """Let something fall due, in the caller's transaction. Returns the arming's generation.

    What was armed for this kind and subject before is cancelled. The caller holds the subject's
    lock, if it has one. Raises LookupError when nothing is registered to fire.
    """
    by.require("timing.arm_timer")
    if kind not in FIRES:
        raise LookupError(f"nothing @fires({kind!r})")
    levels = due if isinstance(due, Mapping) else {1: due}
    with transaction.atomic():
        _one_arming_at_a_time(kind, subject)
        _cancel(kind, subject)
        last = Timer.objects.of(kind, subject).aggregate(last=Max("generation"))["last"]
        generation = (last or 0) + 1
        Timer.objects.bulk_create(
            Timer(kind=kind, subject=subject, generation=generation, level=level, due_at=at,
                  try_at=at)
            for level, at in sorted(levels.items())
        )  # fmt: skip
    return generation


def cancel_timers(kind: str, subject: str, *, by: Actor) -> int:
    """What was armed shall not fire. Returns how many were stopped: none, and it has fired.

    Call it holding the subject's lock: then it never waits for a sweeper that wants that lock.
    """
    by.require("timing.cancel_timers")
    return _cancel(kind, subject)


def replay_timer(timer: Timer, *, by: Actor) -> Timer:
    """Let a dead timer fire after all, now; its cause should have been mended."""
    by.require("timing.replay_timer")
    with transaction.atomic():
        timer = Timer.objects.select_for_update(no_key=True).get(pk=timer.pk)
        if timer.state != Timer.State.DEAD:
            raise TimerNotDead
        timer.state, timer.attempts, timer.try_at = Timer.State.ARMED, 0, now()
        timer.save(update_fields=["state", "attempts", "try_at"])
        publish(TimerReplayed(timer.pk, timer.kind, timer.subject), by=by)
    return timer


def _one_arming_at_a_time(kind: str, subject: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [f"arming:{kind} {subject}"]
        )


def _cancel(kind: str, subject: str) -> int:
    waiting = Timer.objects.of(kind, subject).armed()
    itself = firing.get()
    if itself is not None:
        waiting = waiting.exclude(pk=itself)
    return waiting.update(state=Timer.State.CANCELLED)
