"""Where goods can be, and the lots that they are of."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, ClassVar

import pgtrigger
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from catalog.models.products import Sku
from shop.errors import Text
from shop.events.states import Transitions

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


class Place(models.Model):
    """Somewhere goods can be. Moves and balances name it by its code, which never changes."""

    class Kind(models.TextChoices):
        SUPPLIER = "supplier", _("supplier")
        SHELF = "shelf", _("shelves")
        PACKING = "packing", _("packing tables")
        QUARANTINE = "quarantine", _("set aside")
        CUSTOMER = "customer", _("with customers")
        LOSS = "loss", _("lost or destroyed")

    NAMES: ClassVar[dict[str, Text]] = {
        SUPPLIER: _("supplier"),
        SHELF: _("shelves"),
        PACKING: _("packing tables"),
        QUARANTINE: _("quarantine"),
        INSPECTION: _("returns to inspect"),
        CUSTOMER: _("with customers"),
        LOSS: _("lost or destroyed"),
    }

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
        """In the reader's language, where it is a place that every warehouse has."""
        return str(self.NAMES.get(self.code, self.name))


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
