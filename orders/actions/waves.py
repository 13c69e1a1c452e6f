"""Orders picked together: released, scanned by lot, found short, taken out again (A4.2b)."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from catalog.actions import allot, move_picked, write_off_short
from catalog.errors import Shortage
from catalog.models import Lot
from orders import rules
from orders.actions.fulfilment import open_exception
from orders.actions.picking import OF_THE_WAREHOUSE, end_picking
from orders.errors import NothingToPick, NotThatMany, ScannedTwice
from orders.events import PickingBegun, ShortPicked, WaveReleased
from orders.kinds import OUT_OF_STOCK
from orders.models import Order, PickScan, PickTask, Wave
from orders.selectors.goods import lines_to_pack, to_pack_of
from orders.selectors.waves import (
    Wanted,
    ready_to_pick,
    waiting_for_lot,
    wanted_of_lot,
    what_was_scanned,
)
from shop.clock import now
from shop.errors import InvalidValue
from shop.events.outbox import publish
from shop.events.states import advance
from shop.identity.actors import Actor


def release_wave(orders: Iterable[Order], carrier: str = "", *, by: Actor) -> Wave:
    """Release orders to be picked in one walk; their lots are kept, first expired first out.

    Those that are not free (any more) are left out: not confirmed, in another wave, packed, held
    by a case; and so is what is beyond `rules.MOST_IN_WAVE`, the oldest promise first. One whose
    goods are missing becomes a case. Raises NothingToPick when none is free.
    """
    by.require("orders.release_wave")
    with transaction.atomic():
        asked = [order.pk for order in orders]
        locked = Order.objects.locked().filter(pk__in=asked).values_list("pk", flat=True)
        free = ready_to_pick().filter(pk__in=list(locked))[: rules.MOST_IN_WAVE]
        wave = Wave.objects.create(carrier=carrier, released_at=now(), released_by=by.user)
        tasks = [task for order in free if (task := _take_in(wave, order, by))]
        if not free:
            raise NothingToPick
        publish(WaveReleased(wave.pk, len(tasks)), by=by)
    return wave


def _take_in(wave: Wave, order: Order, by: Actor) -> PickTask | None:
    """The order in the wave with lots kept for it; None when they do not cover it."""
    wanted = {line.sku_id: to_pack_of(line) for line in lines_to_pack(order)}
    try:
        allot(order.number, wanted, by=OF_THE_WAREHOUSE)
    except Shortage as missing:
        open_exception(order, OUT_OF_STOCK, str(missing), by=OF_THE_WAREHOUSE)
        return None
    task = PickTask.objects.create(wave=wave, order=order)
    publish(PickingBegun(order.pk, wave.pk), by=by)
    return task


@dataclass(frozen=True)
class Scan:
    """One label as the scanner typed it, the page's own number of it, and the time since the last
    one as the keyboard measured it: a network that dawdles is no echo."""

    text: str
    key: UUID
    gap: timedelta | None = None


@dataclass(frozen=True)
class Picked:
    """What a scan counted: units of a lot, and how many of it the wave still wants."""

    lot: Lot
    quantity: int
    left: int


def pick(wave: Wave, scan: Scan, *, by: Actor) -> Picked:
    """Count what was scanned as picked for the wave's orders that want it, the first ones first.

    Refused, with nothing counted: ScannedTwice (the same scan, or a scanner's echo), UnknownCode,
    NotInWave, OtherLot, LotNeeded, NotThatMany, and LotNotSellable for a lot that was recalled or
    has expired meanwhile.
    """
    by.require("orders.pick")
    with transaction.atomic():
        wave = Wave.objects.select_for_update(no_key=True).get(pk=wave.pk)
        read, lot = what_was_scanned(wave, scan.text)
        _refuse_echo(wave, lot, scan, by)
        wanted = _behind_locks(wanted_of_lot(wave, lot))
        left = sum(units for _task, units in wanted) - read.quantity
        if left < 0:
            raise NotThatMany
        _count(wanted, lot, read.quantity, scan, by)
    return Picked(lot, read.quantity, left)


def _refuse_echo(wave: Wave, lot: Lot, scan: Scan, by: Actor) -> None:
    mine = PickScan.objects.filter(task__wave=wave, by=by.user).order_by("-pk").first()
    is_same = mine is not None and mine.lot_id == lot.pk
    if rules.is_echo(is_same, scan.gap) or PickScan.objects.filter(key=scan.key).exists():
        raise ScannedTwice


def _behind_locks(wanted: Sequence[Wanted]) -> list[Wanted]:
    """What is wanted still, behind the locks of the orders that want it, taken by key."""
    orders = Order.objects.locked().filter(pk__in=[task.order_id for task, _units in wanted])
    live = PickTask.objects.live().select_related("order").filter(order__in=list(orders)).in_bulk()
    return [(live[task.pk], units) for task, units in wanted if task.pk in live]


def _count(wanted: Sequence[Wanted], lot: Lot, quantity: int, scan: Scan, by: Actor) -> None:
    for task, units in wanted:
        share = min(units, quantity)
        if not share:
            return
        _write_scan(task, lot, share, scan, by)
        move_picked(task.order.number, {(lot.sku_id, lot.pk): share}, by=by)
        end_picking(task, by=by)
        quantity -= share


def _write_scan(task: PickTask, lot: Lot, quantity: int, scan: Scan, by: Actor) -> None:
    try:
        with transaction.atomic():
            PickScan.objects.create(
                task=task, lot=lot, quantity=quantity, key=scan.key, at=now(), by=by.user
            )
    except IntegrityError as error:
        raise ScannedTwice from error


def report_short_pick(wave: Wave, lot: Lot, missing: int, reason: str, *, by: Actor) -> None:
    """So many units of a lot cannot be taken (`reason`: rules.SHORT_PICKS): the last orders of the
    wave go without, the books are corrected, and other lots are kept in their place.

    An order that no other lot covers becomes a case and leaves the wave. Raises NotThatMany.
    """
    by.require("orders.report_short_pick")
    if reason not in rules.SHORT_PICKS:
        raise InvalidValue(fields={"reason": [_("Choose a reason.")]})
    with transaction.atomic():
        wave = Wave.objects.select_for_update(no_key=True).get(pk=wave.pk)
        waiting = _behind_locks(waiting_for_lot(wave, lot))
        shares = _shares(waiting, missing)
        publish(ShortPicked(wave.pk, lot.pk, missing, reason), by=by)
        for task, units in shares:
            write_off_short(task.order.number, lot, units, by=by)
        for task, units in shares:
            _replace(task, lot, units, by)


def _shares(waiting: Sequence[Wanted], missing: int) -> list[Wanted]:
    """Who goes without, and how many units: whose promise is due last, first."""
    shares = []
    for task, units in reversed(waiting):
        share = min(units, missing)
        missing -= share
        if share:
            shares.append((task, share))
    if missing or not shares:
        raise NotThatMany
    return shares


def _replace(task: PickTask, lot: Lot, units: int, by: Actor) -> None:
    """Other lots in the place of what is missing; without any, the order is a case."""
    try:
        allot(task.order.number, {lot.sku_id: units}, by=OF_THE_WAREHOUSE)
    except Shortage as missing:
        open_exception(task.order, OUT_OF_STOCK, str(missing), by=OF_THE_WAREHOUSE)
        return
    if task.status == PickTask.Status.PICKED:
        advance(task, "reopen")
        task.picked_at = None
        task.save(update_fields=["status", "picked_at"])
