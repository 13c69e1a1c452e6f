"""What each guard keeps off, shown by switching it off: the controls of the fault cases."""

from collections.abc import Callable

from django.db import connection
from django.db.models import F

from shop.clock import now
from shop.events import relay, rules
from shop.events.models import Delivery
from shop.events.outbox import Reaction, event_of


def settle_without_fence(delivery: Delivery, **columns: object) -> bool:
    """Whoever comes last is believed, whether or not the delivery is still theirs."""
    changed = {"leased_until": None, "handed_at": None, **columns}
    return bool(Delivery.objects.filter(pk=delivery.pk).update(**changed))


def claim_without_lease(delivery_id: int) -> Delivery | None:
    """Everybody who is told of a delivery runs it."""
    Delivery.objects.filter(pk=delivery_id).update(
        attempts=F("attempts") + 1, leased_until=now() + rules.LEASE
    )
    return Delivery.objects.select_related("event").get(pk=delivery_id)


def settle_before_acting(reaction: Reaction, delivery: Delivery) -> None:
    """Done first, acted on afterwards: whoever is killed between the two loses the push."""
    relay._settle(delivery, state=Delivery.State.DONE, done_at=now(), last_error="")
    reaction.run(event_of(delivery.event), delivery.event)


def take_later_than_the_last(lane: str) -> list[tuple[int, bool]]:
    """A cursor over ids: what commits behind it is never seen."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT id FROM events_delivery WHERE lane = %s AND id > %s ORDER BY id",
            [lane, _last_seen.get(lane, 0)],
        )
        found = [(delivery_id, False) for (delivery_id,) in cursor.fetchall()]
    if found:
        _last_seen[lane] = found[-1][0]
    return found


_last_seen: dict[str, int] = {}


def wait_for_workers_for_ever() -> None:
    """The broker's word is believed: nobody looks for what it lost."""
    rules.HAND_OVER = rules.PARK_AFTER


OFF: dict[str, Callable[[], None]] = {
    "fence": lambda: setattr(relay, "_settle", settle_without_fence),
    "lease": lambda: setattr(relay, "_claim", claim_without_lease),
    "act first": lambda: setattr(relay, "_run", settle_before_acting),
    "state": lambda: setattr(relay, "take_due", take_later_than_the_last),
    "take over": wait_for_workers_for_ever,
}
