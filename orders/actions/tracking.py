"""What carriers say of parcels under way, kept; and what follows from it (A4.2c, C7.3)."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime

from django.db import transaction

from orders import rules
from orders.actions.fulfilment import sign_order
from orders.events import ParcelMoved, ParcelStalled
from orders.kinds import PARCEL_TROUBLE, PARCEL_TROUBLES
from orders.models import PARCEL_STALLS, Order, Parcel, ParcelTrack, TrackingScan, TrackState
from shop.clock import now
from shop.events.outbox import publish
from shop.identity.actors import Actor
from shop.timing.actions.timers import arm_timer, cancel_timers
from shop.work.actions.items import Matter, open_item, settle_items

OF_THE_PARCEL = Actor.system("a carrier's scans")
LIFE: list[str] = [state.value for state in TrackState]
"""Of two scans of one second the later in a parcel's life counts."""


@dataclass(frozen=True)
class ScanNews:
    """One scan as a carrier tells it. `state`: a TrackState; the words may name somebody."""

    at: datetime
    state: str
    text: str = field(repr=False)
    place: str = ""


def watch_parcel(parcel: Parcel, *, by: Actor) -> ParcelTrack:
    """Begin to wait for news of a parcel that has left: a day later somebody sees to it (A4.2c)."""
    by.require("orders.watch_parcel")
    with transaction.atomic():
        ask_at = now() + rules.ASK_CARRIER_AFTER
        track, is_new = ParcelTrack.objects.get_or_create(
            parcel=parcel, defaults={"ask_at": ask_at}
        )
        if is_new:
            _wait_for_news(parcel, None)
    return track


def record_following(parcel: Parcel, *, by: Actor) -> None:
    """The carrier has promised to push its news of this parcel."""
    by.require("orders.record_following")
    watch_parcel(parcel, by=by)
    ParcelTrack.objects.filter(parcel=parcel, followed_at=None).update(followed_at=now())


def put_off_question(parcel: Parcel, *, by: Actor) -> None:
    """It was asked about, whatever the answer: not again for hours."""
    by.require("orders.put_off_question")
    later = now() + rules.ASK_CARRIER_AFTER
    ParcelTrack.objects.filter(parcel=parcel, ask_at__isnull=False).update(ask_at=later)


def record_scans(parcel: Parcel, scans: Iterable[ScanNews], *, by: Actor) -> int:
    """Keep what a carrier says of a parcel, each scan once, in whatever order it comes (A4.2c).

    The latest by the carrier's own time is where the parcel is. Signed for, it signs its order
    once all of its parcels are; lost, refused, returned or in trouble it opens a case by itself,
    which closes by itself when the parcel goes on. What cannot be of this parcel is left out.
    Returns how many scans were new.
    """
    by.require("orders.record_scans")
    with transaction.atomic():
        order = Order.objects.locked().get(pk=parcel.order_id)
        parcel = Parcel.objects.get(pk=parcel.pk)
        track, _is_new = ParcelTrack.objects.locked().get_or_create(parcel=parcel)
        fresh = _fresh_rows(parcel, scans)
        TrackingScan.objects.bulk_create(fresh)
        if fresh and (latest := _later_than(track, fresh)):
            _move(order, parcel, track, latest, by)
    return len(fresh)


def _fresh_rows(parcel: Parcel, scans: Iterable[ScanNews]) -> list[TrackingScan]:
    if parcel.shipped_at is None:
        return []
    at, rows = now(), {}
    for scan in scans:
        if rules.is_of_this_parcel(scan.at, parcel.shipped_at, at):
            row = _row(parcel, scan, at)
            rows[row.digest] = row
    known = parcel.scans.filter(digest__in=list(rows)).values_list("digest", flat=True)
    for digest in known:
        del rows[bytes(digest)]
    return list(rows.values())


def _row(parcel: Parcel, scan: ScanNews, at: datetime) -> TrackingScan:
    return TrackingScan(
        parcel=parcel,
        at=scan.at,
        state=scan.state,
        text=scan.text,
        place=scan.place,
        digest=rules.scan_digest(scan.at, scan.state, scan.text, scan.place),
        heard_at=at,
    )


def _later_than(track: ParcelTrack, fresh: list[TrackingScan]) -> TrackingScan | None:
    """The latest of them, if it is later than what was known."""
    latest = max(fresh, key=_order_of)
    if track.latest_at is None:
        return latest
    return latest if _order_of(latest) > (track.latest_at, LIFE.index(track.state)) else None


def _order_of(scan: TrackingScan) -> tuple[datetime, int]:
    return scan.at, LIFE.index(scan.state)


def _move(
    order: Order, parcel: Parcel, track: ParcelTrack, latest: TrackingScan, by: Actor
) -> None:
    has_moved = track.state != latest.state
    track.state, track.latest_at = latest.state, latest.at
    has_ended = track.state in ParcelTrack.ENDED
    track.ask_at = None if has_ended else now() + rules.ASK_CARRIER_AFTER
    track.save(update_fields=["state", "latest_at", "ask_at"])
    if has_ended:
        cancel_timers(PARCEL_STALLS, _stream(parcel), by=OF_THE_PARCEL)
    else:
        _wait_for_news(parcel, latest.at)
    _see_to(order, parcel, track.state)
    if has_moved:
        latest.moved = True
        latest.save(update_fields=["moved"])
        publish(ParcelMoved(order.pk, parcel.pk, track.state, latest.pk), by=by)
    if track.state == TrackState.SIGNED and _is_delivered(order):
        sign_order(order, by=by)


def _wait_for_news(parcel: Parcel, heard_at: datetime | None) -> None:
    due = rules.stalls_at(parcel.shipped_at or now(), heard_at)
    arm_timer(PARCEL_STALLS, _stream(parcel), max(due, now()), by=OF_THE_PARCEL)


def _see_to(order: Order, parcel: Parcel, state: str) -> None:
    """Open what its state asks for, and close what it has left."""
    for reason in PARCEL_TROUBLES:
        if reason != state:
            key = _key(parcel, reason)
            settle_items(PARCEL_TROUBLE, order.stream, key=key, by=OF_THE_PARCEL)
    if state in PARCEL_TROUBLES:
        _open_trouble(order, parcel, state)


def _open_trouble(order: Order, parcel: Parcel, reason: str) -> None:
    figures = {"number": order.number, "waybill": parcel.waybill, "reason": reason}
    matter = Matter(order.stream, reason, figures, key=_key(parcel, reason))
    open_item(PARCEL_TROUBLE, matter, by=OF_THE_PARCEL)


def _is_delivered(order: Order) -> bool:
    """Everything has left, and all of it was signed for."""
    if order.status != Order.Status.SHIPPED:
        return False
    under_way = order.parcels.filter(shipped_at__isnull=False)
    return not under_way.exclude(track__state=TrackState.SIGNED).exists()


def report_stalled_parcel(parcel: Parcel, *, by: Actor) -> bool:
    """Nothing was heard of it for too long: service sees to it, now and every three days (A4.2c).

    False when it has arrived, or its order needs nothing more.
    """
    by.require("orders.report_stalled_parcel")
    with transaction.atomic():
        order = Order.objects.locked().get(pk=parcel.order_id)
        track = ParcelTrack.objects.locked().get(parcel=parcel)
        if track.state in ParcelTrack.ENDED or order.signed_at is not None:
            return False
        reason = "stalled" if track.latest_at else "not_collected"
        _open_trouble(order, parcel, reason)
        publish(ParcelStalled(order.pk, parcel.pk, reason), by=by)
        again = now() + rules.NEXT_SCAN_WITHIN
        arm_timer(PARCEL_STALLS, _stream(parcel), again, by=OF_THE_PARCEL)
    return True


def rest_parcels(order: Order, *, by: Actor) -> None:
    """The customer has the goods: nothing more is asked of the carriers, and what was open about
    the parcels is over.
    """
    by.require("orders.rest_parcels")
    with transaction.atomic():
        order = Order.objects.locked().get(pk=order.pk)
        tracks = ParcelTrack.objects.filter(parcel__order=order)
        tracks.filter(ask_at__isnull=False).update(ask_at=None)
        for track in tracks:
            cancel_timers(PARCEL_STALLS, f"parcel:{track.pk}", by=OF_THE_PARCEL)
        settle_items(PARCEL_TROUBLE, order.stream, by=OF_THE_PARCEL)


def _stream(parcel: Parcel) -> str:
    return f"parcel:{parcel.pk}"


def _key(parcel: Parcel, reason: str) -> str:
    return f"parcel:{parcel.pk} {reason}"
