"""Carries deliveries to their reactions: found in PostgreSQL, handed to Celery, or done here.

Claiming is state-based (never `id > last seen`, which skips rows that commit out of order),
head of line per stream and reaction, and fenced by `attempts`: whoever lost the lease can no
longer settle the delivery. The broker is a doorbell: what it loses is handed out again.
"""

import random
from collections.abc import Callable
from contextvars import ContextVar
from dataclasses import dataclass

import structlog
from django.db import connection, transaction
from django.db.models import F, Q

from shop.clock import now
from shop.errors import DomainError
from shop.events import rules
from shop.events.crew import Crew
from shop.events.events import DeliveryMended, DeliveryParked
from shop.events.models import Delivery
from shop.events.outbox import LANES, REACTIONS, Reaction, event_of, kind_of, publish

log = structlog.get_logger(__name__)
BATCH = 20
_at_hand: ContextVar[Delivery | None] = ContextVar("delivery at hand", default=None)

STOPPED = "5s"  # a relay that hangs in the middle holds its lane for no longer

TAKE_LANE = """
SELECT set_config('idle_in_transaction_session_timeout', %s, true),
       pg_try_advisory_xact_lock(hashtext(%s))
"""


@dataclass(frozen=True)
class Machine:
    """The relay as the author of what it says of deliveries."""

    reason: str
    door: str = "reaction"
    user: None = None
    customer: None = None


TAKE_DUE = """
WITH head AS (
    SELECT id, handed_at FROM events_delivery AS d
    WHERE lane = %(lane)s AND state = 'pending' AND due_at <= %(now)s
      AND (leased_until IS NULL OR leased_until <= %(now)s)
      AND (handed_at IS NULL OR handed_at <= %(stale)s)
      AND NOT EXISTS (
          SELECT 1 FROM events_delivery AS earlier
          WHERE earlier.reaction = d.reaction AND earlier.stream = d.stream
            AND earlier.seq < d.seq AND earlier.state IN ('pending', 'parked'))
    ORDER BY due_at, id
    LIMIT %(room)s
    FOR UPDATE SKIP LOCKED
)
UPDATE events_delivery AS d SET handed_at = %(now)s
FROM head
WHERE d.id = head.id
RETURNING d.id, head.handed_at IS NOT NULL
"""


class Relay:
    """One running relay. Any number may run; they share the work by row locks."""

    def __init__(self, hand_over: Callable[[int], None]) -> None:
        self.crew = Crew(hand_over, deliver, LANES)

    def sweep(self) -> int:
        """Hand out everything that is due. Returns how many deliveries it found."""
        found = 0
        for lane in lanes_due():
            for delivery_id, was_left in take_due(lane):
                self.crew.pass_on(lane, delivery_id, was_left)
                found += 1
        return found

    def close(self) -> None:
        self.crew.close()


def lanes_due() -> list[str]:
    due = Delivery.objects.filter(state=Delivery.State.PENDING, due_at__lte=now())
    return list(due.order_by().values_list("lane", flat=True).distinct())


def take_due(lane: str) -> list[tuple[int, bool]]:
    """Mark as handed out what is due in the lane, up to its limit; nothing while another relay
    is at this lane.

    Returns (delivery, whether it had been handed out before and nobody took it).
    """
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(TAKE_LANE, [STOPPED, f"lane:{lane}"])
        [(_limit, is_ours)] = cursor.fetchall()
        if not is_ours:
            return []
        stale = now() - rules.HAND_OVER
        busy = Delivery.objects.filter(
            Q(leased_until__gt=now()) | Q(handed_at__gt=stale), lane=lane, state="pending"
        ).count()
        room = min(BATCH, LANES.get(lane, 1) - busy)
        if room <= 0:
            return []
        cursor.execute(TAKE_DUE, {"lane": lane, "now": now(), "stale": stale, "room": room})
        taken: list[tuple[int, bool]] = cursor.fetchall()
        return taken


def deliver(delivery_id: int) -> bool:
    """Run one delivery's reaction, once its lease is ours. False: somebody else has it."""
    delivery = _claim(delivery_id)
    if delivery is None:
        return False
    reaction = REACTIONS.get(delivery.reaction)
    if reaction is None:
        _park(delivery, "no such reaction in this release")
        return False
    try:
        _run(reaction, delivery)
    except DomainError as refusal:
        _park(delivery, f"{refusal.code}: {refusal}")
    except Exception as error:
        log.warning("delivery_failed", reaction=delivery.reaction, exc_info=error)
        if not connection.in_atomic_block:  # as it is within a test
            connection.close_if_unusable_or_obsolete()  # or a lost session's lease stays
        _put_back(delivery, f"{type(error).__name__}: {error}")
    else:
        return True
    return False


def _claim(delivery_id: int) -> Delivery | None:
    """Take the lease; `attempts` becomes this attempt's fencing token."""
    free = Q(leased_until__isnull=True) | Q(leased_until__lte=now())
    taken = Delivery.objects.filter(free, pk=delivery_id, state=Delivery.State.PENDING).update(
        attempts=F("attempts") + 1, leased_until=now() + rules.LEASE
    )
    if not taken:
        return None
    return Delivery.objects.select_related("event").get(pk=delivery_id)


def _run(reaction: Reaction, delivery: Delivery) -> None:
    event = event_of(delivery.event)
    if reaction.outside:
        before = _at_hand.set(delivery)
        try:
            reaction.run(event, delivery.event)
        finally:
            _at_hand.reset(before)
        _finish(delivery)
        return
    with transaction.atomic():
        # Our fence must still stand when the effect commits: hold the row while reacting.
        if _finish(delivery):
            reaction.run(event, delivery.event)


def renew_lease() -> bool:
    """Say within a reaction that calls outside that it is still at work: its lease begins anew.

    False when it was lost: somebody else is at it, and whatever is done now is done twice.
    """
    delivery = _at_hand.get()
    if delivery is None:  # called by hand, without a delivery
        return True
    ours = Delivery.objects.filter(
        pk=delivery.pk, attempts=delivery.attempts, state=Delivery.State.PENDING
    )
    return bool(ours.update(leased_until=now() + rules.LEASE))


def _finish(delivery: Delivery) -> bool:
    """Done; and if it had been parked before, say so."""
    done = {"state": Delivery.State.DONE, "done_at": now(), "last_error": ""}
    if delivery.trying_since == delivery.created_at:
        return _settle(delivery, **done)
    with transaction.atomic():
        is_ours = _settle(delivery, **done)
        if is_ours:
            publish(DeliveryMended(delivery.pk), by=Machine("replayed"))
    return is_ours


def _settle(delivery: Delivery, **columns: object) -> bool:
    """Write the outcome, unless the fence has moved on: then a later attempt owns it."""
    return bool(
        Delivery.objects.filter(
            pk=delivery.pk, attempts=delivery.attempts, state=Delivery.State.PENDING
        ).update(leased_until=None, handed_at=None, **columns)
    )


def _put_back(delivery: Delivery, error: str) -> None:
    jitter = random.uniform(0.5, 1.5)  # noqa: S311 - spreads retries, keeps no secret
    again = rules.next_attempt(delivery.attempts, delivery.trying_since, now(), jitter)
    if again is None:
        _park(delivery, error)
    else:
        _settle(delivery, due_at=again, last_error=error[:2000])


def _park(delivery: Delivery, error: str) -> None:
    """To the page of stuck deliveries; later ones of its stream wait behind it."""
    log.error("delivery_parked", reaction=delivery.reaction, error=error)
    with transaction.atomic():
        is_ours = _settle(delivery, state=Delivery.State.PARKED, last_error=error[:2000])
        # What fails at telling of a parked delivery is not told of by the same means, for ever.
        if is_ours and delivery.event.kind != kind_of(DeliveryParked):
            told = DeliveryParked(delivery.pk, delivery.reaction, delivery.stream)
            publish(told, by=Machine("failed for good"))


def run_reactions() -> int:
    """Deliver, here and now, everything that is due. For tests and the demo's past."""
    delivered = 0
    while ids := [id_ for lane in lanes_due() for id_, _left in take_due(lane)]:
        delivered += sum(deliver(id_) for id_ in ids)
    return delivered
