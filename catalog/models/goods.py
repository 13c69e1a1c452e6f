"""Where the goods are, lot by lot: the ledger of moves, balances, allotments.

The database itself keeps the balances with the moves, refuses one below nothing, and lets nothing
of an unsellable lot go towards a customer, whoever writes.
"""

from __future__ import annotations

import pgtrigger
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from catalog.models.lots import Lot, Place
from catalog.models.products import Sku
from shop.identity.models import User

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
