"""Taking in what the mini-program saw."""

from collections import Counter
from collections.abc import Sequence
from uuid import UUID

from django.db import transaction
from django.db.models import F
from django.db.models.functions import Least

from analytics import rules
from analytics.kinds import STATISTICS
from analytics.models import DroppedEvents, PageEvent, Visit, Visitor
from analytics.rules import Sent
from shop.clock import now, today
from shop.identity.actors import Actor
from shop.identity.fields import blind_index
from shop.identity.models import Customer
from shop.notices.selectors import consent_to


def take_events(
    device: str, customer: Customer | None, events: Sequence[Sent], *, by: Actor
) -> dict[str, int]:
    """Count what a device saw (B5.2.1); what cannot count is counted by its reason (B5.2.2).

    Of a customer only with their consent (PIPL art. 13, 15): without, all is `no_consent`.
    Returns reason → number, `taken` among them. The same event sent again is a `repeat`.
    """
    by.require("analytics.take_events")
    received_at = now()
    if customer is not None and consent_to(customer, STATISTICS) is None:
        _note(Counter(no_consent=len(events)))
        return {"taken": 0, "no_consent": len(events)}
    flaws = [rules.flaw(event, received_at) for event in events]
    sound = sorted(
        (event for event, flaw in zip(events, flaws, strict=True) if flaw is None),
        key=lambda event: event.at,
    )
    dropped = Counter(flaw for flaw in flaws if flaw is not None)
    with transaction.atomic():
        fresh = _fresh(sound)
        if fresh:
            _count(_visitor(device, customer, fresh[0]), fresh)
        dropped["repeat"] += len(sound) - len(fresh)
        _note(dropped)
    return {"taken": len(fresh), **{reason: n for reason, n in dropped.items() if n}}


def _fresh(events: Sequence[Sent]) -> list[Sent]:
    """Those never seen, each once."""
    by_id = {UUID(event.id): event for event in reversed(events)}
    seen = set(PageEvent.objects.filter(pk__in=by_id).values_list("pk", flat=True))
    return sorted(
        (event for key, event in by_id.items() if key not in seen), key=lambda event: event.at
    )


def _visitor(device: str, customer: Customer | None, first: Sent) -> Visitor:
    """Whoever it is, locked: batches of one visitor are taken one after the other."""
    digest = blind_index(device)
    if customer is None:
        who, _new = Visitor.objects.get_or_create(
            device_digest=digest, defaults={"first_seen_at": first.at}
        )
    else:
        who, _new = Visitor.objects.get_or_create(
            customer=customer, defaults={"first_seen_at": first.at}
        )
        _merge(digest, who)
    return Visitor.objects.locked().get(pk=who.pk)


def _merge(digest: bytes, customer: Visitor) -> None:
    """What the device did before sign-in is the customer's; the device begins anew."""
    device = Visitor.objects.locked().filter(device_digest=digest).first()
    if device is None:
        return
    PageEvent.objects.filter(visitor=device).update(visitor=customer)
    Visit.objects.filter(visitor=device).update(visitor=customer)
    Visitor.objects.filter(pk=customer.pk).update(
        first_seen_at=Least(F("first_seen_at"), device.first_seen_at)
    )
    device.delete()


def _count(visitor: Visitor, events: Sequence[Sent]) -> None:
    near = events[0].at - rules.IDLE
    visits = list(visitor.visits.filter(ended_at__gt=near).order_by("began_at"))
    rows = [_row(visitor, event, _visit(visitor, event, visits)) for event in events]
    Visit.objects.bulk_update(visits, ["began_at", "ended_at"])
    PageEvent.objects.bulk_create(rows, ignore_conflicts=True)
    Visitor.objects.filter(pk=visitor.pk, first_seen_at__gt=events[0].at).update(
        first_seen_at=events[0].at
    )


def _visit(visitor: Visitor, event: Sent, visits: list[Visit]) -> Visit:
    place = rules.visit_of(event.at, [visit.stretch for visit in visits])
    if place is not None:
        visits[place].stretch_to(event.at)
        return visits[place]
    begun = Visit.objects.create(
        visitor=visitor,
        began_at=event.at,
        ended_at=event.at,
        scene=event.scene,
        campaign=event.campaign,
    )
    visits.append(begun)
    return begun


def _row(visitor: Visitor, event: Sent, visit: Visit) -> PageEvent:
    return PageEvent(
        id=UUID(event.id),
        visitor=visitor,
        visit=visit,
        kind=event.kind,
        page=event.page,
        product_id=event.product,
        at=event.at,
        received_at=now(),
    )


def _note(dropped: Counter[str]) -> None:
    for reason, number in sorted(dropped.items()):
        if number:
            row, _new = DroppedEvents.objects.get_or_create(
                day=today(), reason=reason, defaults={"count": 0}
            )
            DroppedEvents.objects.filter(pk=row.pk).update(count=F("count") + number)
