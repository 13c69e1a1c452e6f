"""The way of the goods: desks, parcels with what is in them, and their hand-over."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from catalog.models import Lot
from orders.models.orders import Order, OrderLine
from shop.events.states import Transitions
from shop.identity.models import User

if TYPE_CHECKING:
    from shop.identity.actors import Actor


class DeskPush(models.Model):
    """A paid order laid on a desk: once each, proof of OR1's 'pushed within seconds'."""

    class Desk(models.TextChoices):
        SERVICE = "service", _("service desk")
        WAREHOUSE = "warehouse", _("warehouse desk")

    order = models.ForeignKey(Order, models.PROTECT, related_name="pushes")
    desk = models.CharField(max_length=10, choices=Desk.choices)
    pushed_at = models.DateTimeField()

    class Meta:
        verbose_name = _("push to a desk")
        verbose_name_plural = _("pushes to desks")
        constraints = [
            models.UniqueConstraint(fields=["order", "desk"], name="pushed_once_per_desk"),
        ]

    def __str__(self) -> str:
        return f"{self.order_id} → {self.desk}"


class Carrier(models.TextChoices):
    """Who carries our parcels."""

    SF = "SF", _("SF Express")
    ZTO = "ZTO", _("ZTO Express")
    YTO = "YTO", _("YTO Express")
    EMS = "EMS", _("China Post EMS")
    JD = "JD", _("JD Logistics")


class HandOver(models.Model):
    """Parcels counted out to a carrier's driver at one time."""

    carrier = models.CharField(_("carrier"), max_length=10, choices=Carrier.choices)
    count = models.PositiveIntegerField(_("parcels"))
    at = models.DateTimeField(_("handed over at"))
    by = models.ForeignKey(
        User, models.PROTECT, null=True, related_name="+", verbose_name=_("handed over by")
    )

    class Meta:
        verbose_name = _("carrier hand-over")
        verbose_name_plural = _("carrier hand-overs")
        ordering = ["-pk"]
        permissions = [("hand_over", "Can hand parcels over to a carrier")]
        constraints = [models.CheckConstraint(name="hand_over_count", condition=Q(count__gt=0))]

    def __str__(self) -> str:
        return f"H{self.pk:06d}"

    @property
    def stream(self) -> str:
        """Where its events are."""
        return f"hand-over:{self.pk}"


class ParcelQuerySet(models.QuerySet["Parcel"]):
    def visible_to(self, actor: Actor) -> ParcelQuerySet:
        """A customer sees what has left; strangers see nothing."""
        if actor.customer is not None:
            return self.shipped().filter(order__customer=actor.customer)
        return self if actor.may("orders.view_parcel") else self.none()

    def locked(self) -> ParcelQuerySet:
        return self.select_for_update(of=("self",), no_key=True).order_by("pk")

    def live(self) -> ParcelQuerySet:
        """What their lines name is in them, or left in them."""
        return self.exclude(status=Parcel.Status.UNPACKED)

    def packed(self) -> ParcelQuerySet:
        """Closed, and still in the house."""
        return self.filter(status=Parcel.Status.PACKED)

    def shipped(self) -> ParcelQuerySet:
        return self.filter(status=Parcel.Status.SHIPPED)


class Parcel(models.Model):
    """Goods of one order in one box: packed, then on their way under a carrier's waybill."""

    Carrier = Carrier

    class Status(models.TextChoices):
        PACKED = "packed", _("packed")
        SHIPPED = "shipped", _("on its way")
        UNPACKED = "unpacked", _("unpacked again")

    TRANSITIONS: ClassVar[Transitions] = {
        "ship": ({Status.PACKED}, Status.SHIPPED),
        "unpack": ({Status.PACKED}, Status.UNPACKED),
    }

    order = models.ForeignKey(
        Order, models.PROTECT, related_name="parcels", verbose_name=_("order")
    )
    status = models.CharField(
        _("state"), max_length=10, choices=Status.choices, default=Status.PACKED
    )
    carrier = models.CharField(_("carrier"), max_length=10, choices=Carrier.choices, blank=True)
    waybill = models.CharField(
        _("waybill"), max_length=40, blank=True, help_text="empty until the parcel has its label"
    )
    packed_at = models.DateTimeField(_("packed at"))
    packed_by = models.ForeignKey(
        User, models.PROTECT, null=True, related_name="+", verbose_name=_("packed by")
    )
    shipped_at = models.DateTimeField(_("shipped at"), null=True)
    hand_over = models.ForeignKey(
        HandOver,
        models.PROTECT,
        null=True,
        related_name="parcels",
        verbose_name=_("carrier hand-over"),
    )

    objects = ParcelQuerySet.as_manager()

    class Meta:
        verbose_name = _("parcel")
        verbose_name_plural = _("parcels")
        permissions = [
            ("pack_parcel", "Can pack a parcel"),
            ("label_parcel", "Can put a waybill on a parcel"),
            ("unpack_parcel", "Can unpack a parcel that has not left"),
            ("ship_parcel", "Can send one parcel on its way"),
        ]
        indexes = [
            models.Index(fields=["carrier"], name="parcel_in_house", condition=Q(status="packed")),
            models.Index(fields=["shipped_at"], name="parcel_by_time"),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["carrier", "waybill"], name="waybill_used_once", condition=~Q(waybill="")
            ),
            models.CheckConstraint(
                name="parcel_state_has_its_time",
                condition=(
                    Q(status="shipped", shipped_at__isnull=False) & ~Q(waybill="") & ~Q(carrier="")
                )
                | Q(status="packed", shipped_at__isnull=True)
                | Q(status="unpacked", shipped_at__isnull=True, waybill=""),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_carrier_display()} {self.waybill}" if self.waybill else f"P{self.pk:06d}"


class ParcelLine(models.Model):
    """Units of one order line, of one lot, in one parcel."""

    parcel = models.ForeignKey(Parcel, models.PROTECT, related_name="lines")
    line = models.ForeignKey(
        OrderLine, models.PROTECT, related_name="packed_in", verbose_name=_("order line")
    )
    lot = models.ForeignKey(
        Lot,
        models.PROTECT,
        null=True,
        related_name="packed_in",
        verbose_name=_("lot"),
        help_text="none in parcels from before lots were kept",
    )
    quantity = models.PositiveSmallIntegerField(_("quantity"))

    class Meta:
        verbose_name = _("line of a parcel")
        verbose_name_plural = _("lines of parcels")
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(fields=["parcel", "line", "lot"], name="parcel_line_once"),
            models.CheckConstraint(name="parcel_line_quantity", condition=Q(quantity__gt=0)),
        ]

    def __str__(self) -> str:
        return f"{self.line_id} × {self.quantity}"
