"""What may be picked, what a wave still wants, and what a scanner's label means."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from django.db.models import (
    CharField,
    Count,
    Exists,
    F,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    Sum,
    Value,
)
from django.db.models.functions import Cast, Coalesce, Concat
from django.utils.translation import gettext

from catalog.models import Lot, LotAllotment
from orders import rules
from orders.errors import LotNeeded, NotInWave, OtherLot, UnknownCode
from orders.kinds import SHIP
from orders.models import (
    SHIP_CLOCK,
    AfterSalesCase,
    Carrier,
    DeskPush,
    Order,
    OrderLine,
    Parcel,
    ParcelLine,
    PickScan,
    PickTask,
    Wave,
)
from orders.selectors.goods import sum_of
from shop.errors import Text
from shop.timing.models import Clock
from shop.work.models import WorkItem

STREAM = Concat(Value("order:"), Cast(OuterRef("pk"), CharField()))
"""Of the order that a subquery stands in."""
Wanted = tuple[PickTask, int]
"""An order of a wave, and how many units it waits for."""


def ready_to_pick() -> QuerySet[Order]:
    """Confirmed, in no wave, packed in nothing, held by nothing; the oldest promise first."""
    of_order = {"order": OuterRef("pk")}
    held = WorkItem.objects.filter(subject=STREAM).holding(SHIP)
    asked = AfterSalesCase.objects.undecided().filter(**of_order)
    ready = (
        Order.objects.to_ship()
        .filter(Exists(DeskPush.objects.filter(desk=DeskPush.Desk.WAREHOUSE, **of_order)))
        .exclude(Exists(PickTask.objects.live().filter(**of_order)))
        .exclude(Exists(Parcel.objects.packed().filter(**of_order)))
        .exclude(Exists(held))
        .exclude(Exists(asked))
    )
    return _promised(ready)


def _promised(orders: QuerySet[Order]) -> QuerySet[Order]:
    promise = Clock.objects.filter(kind=SHIP_CLOCK, subject=STREAM, met_at__isnull=True)
    first = promise.order_by("-pk").values("breach_at")[:1]
    return orders.annotate(due_at=Subquery(first)).order_by("due_at", "confirmed_at", "pk")


@dataclass(frozen=True)
class PickRow:
    """One lot of a wave's walk: how many units to take, how many are taken, how many are lost
    because the lot may not be sold any more."""

    lot: Lot
    title: str
    specification: str
    to_pick: int
    picked: int
    lost: int

    @property
    def wanted(self) -> int:
        return self.to_pick + self.picked + self.lost

    @property
    def is_done(self) -> bool:
        return not self.to_pick and not self.lost


def numbers_of(wave: Wave) -> list[str]:
    """The orders of the wave that were not taken out."""
    live = Order.objects.filter(pick_tasks__in=wave.tasks.live())
    return list(live.values_list("number", flat=True))


def walk_of(wave: Wave) -> list[PickRow]:
    """The wave's lots in walking order: by SKU as the shelves are, then the first to expire."""
    numbers = numbers_of(wave)
    kept = LotAllotment.objects.filter(reference__in=numbers).values_list("lot").order_by()
    sums = kept.annotate(Sum("to_pick"), Sum("picked"), Sum("lost"))
    stands = {lot: units for lot, *units in sums if any(units)}
    titles = _titles(numbers)
    lots = Lot.objects.filter(pk__in=stands).select_related("sku")
    rows = [PickRow(lot, *titles[lot.sku_id], *stands[lot.pk]) for lot in lots]
    return sorted(rows, key=lambda row: (row.lot.sku.code, row.lot.expires_on or date.max))


def _titles(numbers: Sequence[str]) -> dict[int, tuple[str, str]]:
    lines = OrderLine.objects.filter(order__number__in=numbers)
    return {
        sku: (title, name)
        for sku, title, name in lines.values_list("sku_id", "title", "specification")
    }


def what_was_scanned(wave: Wave, text: str) -> tuple[rules.Scanned, Lot]:
    """The lot that a label names, among those that the wave takes.

    Raises UnknownCode, NotInWave, LotNeeded where it names more than one, and OtherLot, which says
    which to take instead.
    """
    read = rules.read_scan(text)
    if read is None:
        raise UnknownCode
    rows = walk_of(wave)
    named = [row.lot for row in rows if rules.names(read, row.lot.sku.code, row.lot.code)]
    if len(named) == 1:
        return read, named[0]
    if named:
        raise LotNeeded
    same = [row for row in rows if row.lot.sku.code.upper() == read.code]
    if same:
        instead = [row.lot.code for row in same if row.to_pick] or [row.lot.code for row in same]
        raise OtherLot(gettext("Take lot %(lot)s instead.") % {"lot": ", ".join(instead)})
    known = Lot.objects.filter(Q(sku__code__iexact=read.code) | Q(code__iexact=read.code))
    raise NotInWave if known.exists() else UnknownCode


def wanted_of_lot(wave: Wave, lot: Lot) -> list[Wanted]:
    """Whoever in the wave still waits for units of this lot, and for how many; first come first."""
    kept = LotAllotment.objects.filter(lot=lot, reference__in=numbers_of(wave), to_pick__gt=0)
    units = dict(kept.values_list("reference", "to_pick"))
    tasks = wave.tasks.picking().filter(order__number__in=units).select_related("order")
    return [(task, units[task.order.number]) for task in tasks.order_by("pk")]


def waiting_for_lot(wave: Wave, lot: Lot) -> list[Wanted]:
    """Likewise with those from whom units of it were lost, the picked among them."""
    kept = LotAllotment.objects.filter(lot=lot, reference__in=numbers_of(wave))
    waiting = kept.annotate(units=F("to_pick") + F("lost")).filter(units__gt=0)
    units = {row.reference: row.to_pick + row.lost for row in waiting}
    tasks = wave.tasks.live().filter(order__number__in=units).select_related("order")
    return [(task, units[task.order.number]) for task in tasks.order_by("pk")]


def units_to_pick(order: Order) -> dict[tuple[int, int], int]:
    """(SKU, lot) → units of it that are kept on the shelf for the order."""
    kept = LotAllotment.objects.filter(reference=order.number, to_pick__gt=0)
    return {(sku, lot): units for sku, lot, units in kept.values_list("sku", "lot", "to_pick")}


def units_at_packing(order: Order) -> dict[tuple[int, int], int]:
    """(SKU, lot) → units of it that were picked for the order and are in no parcel yet."""
    kept = LotAllotment.objects.filter(reference=order.number, picked__gt=0)
    at_packing = Counter(
        {(sku, lot): n for sku, lot, n in kept.values_list("sku", "lot", "picked")}
    )
    inside = ParcelLine.objects.filter(parcel__in=order.parcels.packed(), lot__isnull=False)
    for sku, lot, units in inside.values_list("line__sku", "lot", "quantity"):
        at_packing[sku, lot] -= units
    return {key: units for key, units in at_packing.items() if units > 0}


def is_all_picked(order: Order) -> bool:
    """Nothing of it waits on a shelf, and no lot was lost to it."""
    waiting = LotAllotment.objects.filter(Q(to_pick__gt=0) | Q(lost__gt=0))
    return not waiting.filter(reference=order.number).exists()


def narrowed(orders: QuerySet[Order], province: str, *, one_line: bool) -> QuerySet[Order]:
    """Those that go to one province, or have a single line: picked and packed fastest."""
    if province:
        orders = orders.filter(province=province)
    if one_line:
        longer = OrderLine.objects.filter(order=OuterRef("pk"), position__gt=1)
        orders = orders.exclude(Exists(longer))
    return orders


def provinces_of(orders: QuerySet[Order]) -> list[tuple[str, int]]:
    """Where they go, and how many there; the most first."""
    counted = orders.order_by().values_list("province").annotate(count=Count("pk"))
    return sorted(counted, key=lambda one: -one[1])


def under_way() -> QuerySet[Wave]:
    """The waves of which something is still to be picked, with how far they are."""
    live = Q(tasks__status__in=PickTask.LIVE)
    done = Q(tasks__status=PickTask.Status.PICKED)
    counted = Wave.objects.being_picked().annotate(
        orders=Count("tasks", filter=live), picked=Count("tasks", filter=done)
    )
    return counted.select_related("released_by").order_by("pk")


def to_pack() -> QuerySet[Order]:
    """Orders with something on the packing table, or in a parcel without a waybill; the oldest
    promise first."""
    picked = LotAllotment.objects.filter(reference=OuterRef("number"), picked__gt=0)
    on_the_table = picked.order_by().values("reference").annotate(sum=Sum("picked")).values("sum")
    inside = ParcelLine.objects.filter(parcel__order=OuterRef("pk"), parcel__status="packed")
    bare = Parcel.objects.packed().filter(order=OuterRef("pk"), waybill="")
    orders = Order.objects.to_ship().filter(pick_tasks__status=PickTask.Status.PICKED)
    standing = orders.annotate(
        stands=Coalesce(Subquery(on_the_table), 0), packed=Coalesce(sum_of(inside, "quantity"), 0)
    )
    waiting = standing.filter(Q(stands__gt=F("packed")) | Exists(bare))
    return _promised(waiting).prefetch_related("lines__sku")


@dataclass(frozen=True)
class Load:
    """How many labelled parcels wait for a carrier's driver."""

    code: str
    name: Text
    count: int


def to_leave() -> list[Load]:
    """Every carrier with its labelled parcels."""
    waiting = Parcel.objects.packed().exclude(waybill="").order_by()
    counts = dict(waiting.values_list("carrier").annotate(Count("pk")))
    return [Load(code, name, counts.get(code, 0)) for code, name in Carrier.choices]


@dataclass(frozen=True)
class Expected:
    """Units of one lot that are to be scanned into an order's parcel."""

    sku: int
    lot: int
    sku_code: str
    lot_code: str
    expires_on: date | None
    title: str
    specification: str
    quantity: int


def expected_at_packing(order: Order) -> list[Expected]:
    """What stands on the table for the order, by lot."""
    units = units_at_packing(order)
    lots = Lot.objects.select_related("sku").in_bulk([lot for _sku, lot in units])
    lines = {line.sku_id: line for line in order.lines.all()}
    return [
        Expected(sku, lot, lots[lot].sku.code, lots[lot].code, lots[lot].expires_on,
                 lines[sku].title, lines[sku].specification, quantity)
        for (sku, lot), quantity in sorted(units.items())
    ]  # fmt: skip


def wave_of(order: Order) -> Wave | None:
    """The wave that it is in."""
    return Wave.objects.filter(tasks__in=PickTask.objects.live().filter(order=order)).first()


def to_put_back(wave: Wave) -> list[tuple[str, str, int]]:
    """(SKU, lot, units) that were scanned for orders which were taken out since."""
    scans = PickScan.objects.filter(
        task__wave=wave, task__status=PickTask.Status.CALLED_OFF
    ).order_by()
    counted = scans.values_list("lot__sku__code", "lot__code").annotate(Sum("quantity"))
    return sorted(counted)
