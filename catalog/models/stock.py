"""Where the goods are, lot by lot: places, lots, the ledger of moves, balances, allotments.

The database itself keeps the balances with the moves, refuses one below nothing, and lets nothing
of an unsellable lot go towards a customer, whoever writes.
"""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, ClassVar

import pgtrigger
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from catalog.models.products import Sku
from shop.events.states import Transitions
from shop.identity.models import User

if TYPE_CHECKING:
    from shop.identity.actors import Actor

SUPPLIER, SHELF, PACKING, QUARANTINE, INSPECTION, CUSTOMER, LOSS = PLACES = (
    "supplier",
    "shelf",
    "packing",
    "quarantine",
    "inspection",
    "customer",
    "loss",
)
"""The places that every warehouse of ours has, by code."""

LOT_AGE = "catalog.lot_age"
"""The kind of timer that withdraws a lot from sale in time and expires it on its day."""

APPEND_ONLY = pgtrigger.Protect(name="append_only", operation=pgtrigger.Update | pgtrigger.Delete)

GUARD_MOVE = """
SELECT status, sku_id, expires_on INTO lot FROM catalog_lot WHERE id = NEW.lot_id FOR SHARE;
IF lot.sku_id <> NEW.sku_id THEN
    RAISE EXCEPTION 'lot % is of another SKU', NEW.lot_id USING ERRCODE = '23514';
END IF;
IF NEW.to_place_id IN ('packing', 'customer')
   AND (lot.status <> 'sellable'
        OR lot.expires_on <= (NEW.at AT TIME ZONE 'Asia/Shanghai')::date) THEN
    RAISE EXCEPTION 'lot % is not sellable', NEW.lot_id USING ERRCODE = '23514';
END IF;
RETURN NEW;
"""

MOVE_BALANCE = """
IF NEW.from_place_id <> 'supplier' THEN
    UPDATE catalog_lotbalance SET quantity = quantity - NEW.quantity
    WHERE place_id = NEW.from_place_id AND lot_id = NEW.lot_id;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'nothing of lot % is at %', NEW.lot_id, NEW.from_place_id
        USING ERRCODE = '23514';
    END IF;
END IF;
IF NEW.to_place_id <> 'supplier' THEN
    INSERT INTO catalog_lotbalance (place_id, lot_id, quantity, allotted)
    VALUES (NEW.to_place_id, NEW.lot_id, NEW.quantity, 0)
    ON CONFLICT (place_id, lot_id)
    DO UPDATE SET quantity = catalog_lotbalance.quantity + EXCLUDED.quantity;
END IF;
RETURN NULL;
"""

MOVE_ALLOTTED = """
change := NEW.to_pick - COALESCE(OLD.to_pick, 0);
IF change > 0 THEN
    SELECT status INTO lot FROM catalog_lot WHERE id = NEW.lot_id FOR SHARE;
    IF lot.status <> 'sellable' THEN
        RAISE EXCEPTION 'lot % is not sellable', NEW.lot_id USING ERRCODE = '23514';
    END IF;
END IF;
IF change <> 0 THEN
    UPDATE catalog_lotbalance SET allotted = allotted + change
    WHERE place_id = 'shelf' AND lot_id = NEW.lot_id;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'nothing of lot % is on the shelf', NEW.lot_id USING ERRCODE = '23514';
    END IF;
END IF;
RETURN NULL;
"""


class Place(models.Model):
    """Somewhere goods can be. Moves and balances name it by its code, which never changes."""

    class Kind(models.TextChoices):
        SUPPLIER = "supplier", _("supplier")
        SHELF = "shelf", _("shelves")
        PACKING = "packing", _("packing tables")
        QUARANTINE = "quarantine", _("set aside")
        CUSTOMER = "customer", _("with customers")
        LOSS = "loss", _("lost or destroyed")

    code = models.SlugField(_("code"), max_length=20, primary_key=True)
    kind = models.CharField(_("kind"), max_length=12, choices=Kind.choices)
    name = models.CharField(_("name"), max_length=40)
    position = models.PositiveSmallIntegerField(_("position"), default=0)

    class Meta:
        verbose_name = _("place")
        verbose_name_plural = _("places")
        ordering = ["position", "code"]
        constraints = [
            models.CheckConstraint(
                name="place_kind",
                condition=Q(
                    kind__in=["supplier", "shelf", "packing", "quarantine", "customer", "loss"]
                ),
            ),
        ]

    def __str__(self) -> str:
        return self.name


class LotQuerySet(models.QuerySet["Lot"]):
    def visible_to(self, actor: Actor) -> LotQuerySet:
        return self if actor.may("catalog.view_lot") else self.none()

    def locked(self) -> LotQuerySet:
        """Whoever moves goods of a lot holds its lock: in the order of their keys."""
        return self.select_for_update(of=("self",), no_key=True).order_by("pk")

    def sellable(self) -> LotQuerySet:
        return self.filter(status=Lot.Status.SELLABLE)

    def first_expired_first(self) -> LotQuerySet:
        """The order in which they go out; what has no date goes last."""
        return self.order_by(F("expires_on").asc(nulls_last=True), "pk")


class Lot(models.Model):
    """Goods of one SKU that were made together (批次, Food Safety Law art. 53).

    From `expires_on` on it is not sold any more: the day printed on it is the first day without
    it. Both dates are missing where goods came in without: such a lot never expires by itself.
    """

    class Status(models.TextChoices):
        SELLABLE = "sellable", _("sellable")
        QUARANTINED = "quarantined", _("quarantined")
        RECALLED = "recalled", _("recalled")
        EXPIRED = "expired", _("expired")

    class Reason(models.TextChoices):
        INCOMING = "incoming", _("awaits its incoming check")
        QUALITY = "quality", _("a defect was found or reported")
        DAMAGED = "damaged", _("damaged in the warehouse")
        SUPPLIER = "supplier", _("the supplier calls it back")
        AUTHORITY = "authority", _("an authority orders it")
        LAST_SALE = "last_sale", _("too little of its shelf life is left")
        OTHER = "other", _("something else")

    TRANSITIONS: ClassVar[Transitions] = {
        "quarantine": ({Status.SELLABLE}, Status.QUARANTINED),
        "release": ({Status.QUARANTINED}, Status.SELLABLE),
        "recall": ({Status.SELLABLE, Status.QUARANTINED, Status.EXPIRED}, Status.RECALLED),
        "expire": ({Status.SELLABLE, Status.QUARANTINED}, Status.EXPIRED),
    }

    sku = models.ForeignKey(Sku, models.PROTECT, related_name="lots", verbose_name=_("SKU"))
    code = models.CharField(_("lot number"), max_length=40)
    produced_on = models.DateField(_("produced on"), null=True)
    expires_on = models.DateField(_("expires on"), null=True)
    document = models.CharField(
        _("document"), max_length=40, help_text="under which it first came in"
    )
    status = models.CharField(
        _("state"), max_length=12, choices=Status.choices, default=Status.SELLABLE
    )
    reason = models.CharField(_("why"), max_length=12, choices=Reason.choices, blank=True)
    note = models.CharField(_("note"), max_length=200, blank=True)
    version = models.PositiveIntegerField(default=1, help_text="counts its changes of state")
    received_at = models.DateTimeField(_("first received at"))

    objects = LotQuerySet.as_manager()

    class Meta:
        verbose_name = _("lot")
        verbose_name_plural = _("lots")
        ordering = ["-pk"]
        permissions = [
            ("quarantine_lot", "Can withdraw a lot from sale"),
            ("release_lot", "Can put a quarantined lot back on sale"),
            ("recall_lot", "Can recall a lot"),
        ]
        constraints = [
            models.UniqueConstraint(fields=["sku", "code"], name="lot_of_sku"),
            models.CheckConstraint(
                name="lot_status",
                condition=Q(status__in=["sellable", "quarantined", "recalled", "expired"]),
            ),
            models.CheckConstraint(
                name="lot_dates",
                condition=Q(produced_on__isnull=True, expires_on__isnull=True)
                | Q(produced_on__isnull=False, expires_on__gt=F("produced_on")),
            ),
            models.CheckConstraint(
                name="lot_is_withdrawn_for_a_reason",
                condition=~Q(status__in=["quarantined", "recalled"]) | ~Q(reason=""),
            ),
        ]
        indexes = [
            models.Index(
                fields=["expires_on"], name="lot_to_watch", condition=Q(status="sellable")
            ),
        ]
        triggers = [
            pgtrigger.Protect(
                name="what_is_printed_stays",
                operation=pgtrigger.Update,
                condition=pgtrigger.AnyChange("sku", "code", "produced_on", "expires_on"),
            ),
            pgtrigger.Protect(name="never_deleted", operation=pgtrigger.Delete),
        ]

    def __str__(self) -> str:
        return self.code

    @property
    def stream(self) -> str:
        """Where its events are."""
        return f"lot:{self.pk}"

    @property
    def is_sellable(self) -> bool:
        return self.status == self.Status.SELLABLE

    def days_left(self, on: date) -> int | None:
        """How many days it still has; None where it has no date."""
        return None if self.expires_on is None else (self.expires_on - on).days


class LotMove(models.Model):
    """Some units of a lot went from one place to another. Append-only, once per fact.

    `reference` names the fact: the document for goods in, the order's number first for what was
    picked and shipped; `step` tells several moves under one reference apart.
    """

    class Cause(models.TextChoices):
        RECEIVED = "received", _("goods in")
        PICKED = "picked", _("picked")
        PUT_BACK = "put_back", _("put back")
        SHIPPED = "shipped", _("shipped")
        HELD = "held", _("set aside")
        FREED = "freed", _("back on the shelf")
        RETURNED = "returned", _("returned")
        WRITTEN_OFF = "written_off", _("written off")

    cause = models.CharField(_("cause"), max_length=12, choices=Cause.choices)
    sku = models.ForeignKey(Sku, models.PROTECT, related_name="lot_moves", verbose_name=_("SKU"))
    lot = models.ForeignKey(Lot, models.PROTECT, related_name="moves", verbose_name=_("lot"))
    from_place = models.ForeignKey(
        Place,
        models.PROTECT,
        db_constraint=False,  # codes never go; a shared lock on one row per move would
        db_index=False,
        related_name="+",
        verbose_name=_("from place"),
    )
    to_place = models.ForeignKey(
        Place,
        models.PROTECT,
        db_constraint=False,
        db_index=False,
        related_name="+",
        verbose_name=_("to place"),
    )
    quantity = models.PositiveIntegerField(_("quantity"))
    reference = models.CharField(_("reference"), max_length=60)
    step = models.PositiveIntegerField(default=1)
    at = models.DateTimeField(_("at"))
    by = models.ForeignKey(
        User, models.PROTECT, null=True, db_index=False, related_name="+", verbose_name=_("by")
    )

    class Meta:
        verbose_name = _("goods move")
        verbose_name_plural = _("goods moves")
        ordering = ["-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["reference", "cause", "lot", "step"], name="lot_moved_once"
            ),
            models.CheckConstraint(
                name="lot_move_goes_somewhere",
                condition=Q(quantity__gt=0) & ~Q(from_place=F("to_place")),
            ),
        ]
        triggers = [
            APPEND_ONLY,
            pgtrigger.Trigger(
                name="unsellable_lots_stay",
                when=pgtrigger.Before,
                operation=pgtrigger.Insert,
                declare=[("lot", "RECORD")],
                func=GUARD_MOVE,
            ),
            pgtrigger.Trigger(
                name="move_balance",
                when=pgtrigger.After,
                operation=pgtrigger.Insert,
                func=MOVE_BALANCE,
            ),
        ]

    def __str__(self) -> str:
        return f"{self.from_place_id} → {self.to_place_id}: {self.quantity} of lot {self.lot_id}"


class LotBalance(models.Model):
    """How many units of a lot are at a place; of those on the shelf, how many are allotted.

    Kept by the triggers of moves and allotments, never written otherwise. Suppliers have none.
    """

    place = models.ForeignKey(
        Place,
        models.PROTECT,
        db_constraint=False,
        db_index=False,
        related_name="+",
        verbose_name=_("place"),
    )
    lot = models.ForeignKey(Lot, models.PROTECT, related_name="balances", verbose_name=_("lot"))
    quantity = models.IntegerField(_("quantity"))
    allotted = models.IntegerField(_("allotted"), default=0)

    class Meta:
        verbose_name = _("balance of a lot")
        verbose_name_plural = _("balances of lots")
        constraints = [
            models.UniqueConstraint(fields=["place", "lot"], name="balance_of_lot_at_place"),
            models.CheckConstraint(
                name="balance_not_negative", condition=Q(quantity__gte=0, allotted__gte=0)
            ),
            models.CheckConstraint(
                name="allotted_is_there", condition=Q(allotted__lte=F("quantity"))
            ),
        ]

    def __str__(self) -> str:
        return f"{self.quantity} at {self.place_id}"

    @property
    def free(self) -> int:
        """How many may still be allotted."""
        return self.quantity - self.allotted


class LotAllotmentQuerySet(models.QuerySet["LotAllotment"]):
    def locked(self, reference: str) -> LotAllotmentQuerySet:
        """All of one reference, behind their locks, those first that go out first."""
        rows = self.filter(reference=reference).select_related("lot", "sku")
        return rows.select_for_update(of=("self",), no_key=True).order_by("pk")


class LotAllotment(models.Model):
    """Units of a lot that are kept for one reference (an order's number), and how far they are.

    To be picked, picked (they stand at packing), shipped; `lost` are those that were kept and
    whose lot became unsellable first: others must be picked in their place.
    """

    reference = models.CharField(_("reference"), max_length=40)
    sku = models.ForeignKey(Sku, models.PROTECT, related_name="allotments", verbose_name=_("SKU"))
    lot = models.ForeignKey(Lot, models.PROTECT, related_name="allotments", verbose_name=_("lot"))
    to_pick = models.PositiveIntegerField(_("to be picked"), default=0)
    picked = models.PositiveIntegerField(_("picked"), default=0)
    shipped = models.PositiveIntegerField(_("shipped"), default=0)
    lost = models.PositiveIntegerField(_("no longer sellable"), default=0)
    allotted_at = models.DateTimeField(_("allotted at"))

    objects = LotAllotmentQuerySet.as_manager()

    class Meta:
        verbose_name = _("allotment")
        verbose_name_plural = _("allotments")
        ordering = ["pk"]
        permissions = [
            ("allot", "Can allot lots to orders"),
            ("give_back_allotment", "Can give back what was allotted"),
            ("move_picked", "Can record what was picked"),
            ("move_shipped", "Can record what was shipped"),
            ("take_back_goods", "Can take returned goods in"),
            ("shelve_returned", "Can put inspected goods back on the shelf"),
            ("write_off_returned", "Can write inspected goods off"),
            ("write_off_short", "Can write off units that are missing at picking"),
        ]
        constraints = [
            models.UniqueConstraint(fields=["reference", "lot"], name="allotted_once"),
        ]
        indexes = [
            models.Index(
                fields=["lot"],
                name="allotment_open",
                condition=Q(to_pick__gt=0) | Q(picked__gt=0) | Q(lost__gt=0),
            ),
        ]
        triggers = [
            pgtrigger.Protect(name="never_deleted", operation=pgtrigger.Delete),
            pgtrigger.Trigger(
                name="move_allotted",
                when=pgtrigger.After,
                operation=pgtrigger.Insert | pgtrigger.Update,
                declare=[("change", "INTEGER"), ("lot", "RECORD")],
                func=MOVE_ALLOTTED,
            ),
        ]

    def __str__(self) -> str:
        return f"{self.reference}: lot {self.lot_id}"
