"""Waves: orders that are picked together, and every scan that counted."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from django.db import models
from django.db.models import Exists, OuterRef, Q
from django.utils.translation import gettext_lazy as _

from catalog.models import Lot
from orders.models.fulfilment import Carrier
from orders.models.orders import Order
from shop.events.states import Transitions
from shop.identity.models import User

if TYPE_CHECKING:
    from shop.identity.actors import Actor


class WaveQuerySet(models.QuerySet["Wave"]):
    def visible_to(self, actor: Actor) -> WaveQuerySet:
        return self if actor.may("orders.view_wave") else self.none()

    def being_picked(self) -> WaveQuerySet:
        """Something of them is still to be picked."""
        tasks = PickTask.objects.filter(wave=OuterRef("pk"), status=PickTask.Status.PICKING)
        return self.filter(Exists(tasks))


class Wave(models.Model):
    """Orders released to be picked in one walk. What of it is picked, its tasks and lots say."""

    carrier = models.CharField(
        _("carrier"), max_length=10, choices=Carrier.choices, blank=True,
        help_text="offered first when its orders are packed",
    )  # fmt: skip
    released_at = models.DateTimeField(_("released at"))
    released_by = models.ForeignKey(
        User, models.PROTECT, null=True, related_name="+", verbose_name=_("released by")
    )

    objects = WaveQuerySet.as_manager()

    class Meta:
        verbose_name = _("wave")
        verbose_name_plural = _("waves")
        ordering = ["-pk"]
        permissions = [
            ("release_wave", "Can release orders to be picked"),
            ("pick", "Can pick by scanner"),
            ("report_short_pick", "Can report units that cannot be picked"),
            ("call_off_picking", "Can take an order out of its wave"),
        ]

    def __str__(self) -> str:
        return f"W{self.pk:06d}"

    @property
    def stream(self) -> str:
        """Where its events are."""
        return f"wave:{self.pk}"


class PickTaskQuerySet(models.QuerySet["PickTask"]):
    def live(self) -> PickTaskQuerySet:
        """Their orders are in a wave: no other takes them."""
        return self.filter(status__in=PickTask.LIVE)

    def picking(self) -> PickTaskQuerySet:
        return self.filter(status=PickTask.Status.PICKING)


class PickTask(models.Model):
    """One order's place in a wave. Which lots it takes, catalog's allotments say."""

    class Status(models.TextChoices):
        PICKING = "picking", _("being picked")
        PICKED = "picked", _("picked")
        CALLED_OFF = "called_off", _("taken out")

    class Why(models.TextChoices):
        HELD = "held", _("a case was opened")
        BY_HAND = "by_hand", _("by hand")

    LIVE = (Status.PICKING, Status.PICKED)

    TRANSITIONS: ClassVar[Transitions] = {
        "pick": ({Status.PICKING}, Status.PICKED),
        "reopen": ({Status.PICKED}, Status.PICKING),
        "call": ({Status.PICKING, Status.PICKED}, Status.CALLED_OFF),
    }

    wave = models.ForeignKey(Wave, models.PROTECT, related_name="tasks", verbose_name=_("wave"))
    order = models.ForeignKey(
        Order, models.PROTECT, related_name="pick_tasks", verbose_name=_("order")
    )
    status = models.CharField(
        _("state"), max_length=10, choices=Status.choices, default=Status.PICKING
    )
    picked_at = models.DateTimeField(_("picked at"), null=True)
    called_off_at = models.DateTimeField(_("taken out at"), null=True)
    why = models.CharField(
        _("why it was taken out"), max_length=10, choices=Why.choices, blank=True
    )

    objects = PickTaskQuerySet.as_manager()

    class Meta:
        verbose_name = _("order in a wave")
        verbose_name_plural = _("orders in waves")
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["order"],
                name="order_in_one_wave",
                condition=Q(status__in=["picking", "picked"]),
            ),
            models.CheckConstraint(
                name="pick_task_state_has_its_time",
                condition=Q(status="picking", picked_at__isnull=True, called_off_at__isnull=True)
                | Q(status="picked", picked_at__isnull=False, called_off_at__isnull=True)
                | (Q(status="called_off", called_off_at__isnull=False) & ~Q(why="")),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.wave} · {self.order_id}"


class PickScan(models.Model):
    """A scan that counted: the picker's hand, for whom the units are, and of which lot.

    `key` is the page's own number of the scan: the same scan never counts twice.
    """

    task = models.ForeignKey(PickTask, models.PROTECT, related_name="scans")
    lot = models.ForeignKey(Lot, models.PROTECT, related_name="+")
    quantity = models.PositiveSmallIntegerField(_("quantity"))
    key = models.UUIDField(unique=True)
    at = models.DateTimeField(_("at"))
    by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")

    class Meta:
        verbose_name = _("scan")
        verbose_name_plural = _("scans")
        ordering = ["pk"]
        constraints = [
            models.CheckConstraint(name="scan_quantity", condition=Q(quantity__gt=0)),
        ]

    def __str__(self) -> str:
        return f"{self.lot_id} × {self.quantity}"
