"""Parcels under way: what carriers scanned, and what WeChat was told of the shipping."""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from orders.models.fulfilment import Parcel
from shop.events.states import Transitions

PARCEL_STALLS = "orders.parcel_stalls"
"""The kind of timer that runs while nothing is heard of a parcel."""
UPLOAD_LATE = "orders.shipping_upload_late"
"""The kind of timer that runs until WeChat knows of a shipping."""


class TrackState(models.TextChoices):
    """What a scan says of its parcel."""

    COLLECTED = "collected", _("collected")
    MOVING = "moving", _("on its way")
    DELIVERING = "delivering", _("out for delivery")
    TO_PICK_UP = "to_pick_up", _("waiting to be picked up")
    SIGNED = "signed", _("signed for")
    TROUBLE = "trouble", _("in trouble at the carrier")
    LOST = "lost", _("lost by the carrier")
    REFUSED = "refused", _("refused by the consignee")
    RETURNING = "returning", _("on its way back")
    RETURNED = "returned", _("back with us")
    CANCELLED = "cancelled", _("waybill cancelled")


SCAN_NOTICES = {
    TrackState.DELIVERING: "orders.parcel_delivering",
    TrackState.SIGNED: "orders.parcel_signed",
    TrackState.TROUBLE: "orders.parcel_trouble",
}
"""State of a parcel that its customer is told of → the kind of notice that tells it."""


class TrackingScan(models.Model):
    """One scan by a carrier, word for word; the same told twice is one row."""

    parcel = models.ForeignKey(Parcel, models.PROTECT, related_name="scans")
    at = models.DateTimeField(_("scanned at"))
    state = models.CharField(_("state"), max_length=12, choices=TrackState.choices)
    text = models.CharField(_("in the carrier's words"), max_length=300, blank=True)
    place = models.CharField(_("scanned where"), max_length=60, blank=True)
    digest = models.BinaryField(max_length=32, help_text="of all the above: what makes it the same")
    heard_at = models.DateTimeField(_("heard at"))
    moved = models.BooleanField(
        default=False, db_default=False, help_text="it brought its parcel into another state"
    )

    class Meta:
        verbose_name = _("scan of a parcel")
        verbose_name_plural = _("scans of parcels")
        ordering = ["-at", "-pk"]
        indexes = [
            models.Index(fields=["heard_at"], name="scan_that_moved", condition=Q(moved=True)),
        ]
        constraints = [
            models.UniqueConstraint(fields=["parcel", "digest"], name="scan_told_once"),
        ]

    def __str__(self) -> str:
        return f"{self.parcel_id} {self.state}"


class ParcelTrackQuerySet(models.QuerySet["ParcelTrack"]):
    def locked(self) -> ParcelTrackQuerySet:
        return self.select_for_update(of=("self",), no_key=True).order_by("pk")

    def to_ask_about(self, at: datetime) -> ParcelTrackQuerySet:
        """Silent for so long that we ask; the one that waits longest first."""
        return self.filter(ask_at__lte=at).order_by("ask_at")


class ParcelTrack(models.Model):
    """Where a parcel is: its latest scan by the carrier's time, and when we ask next."""

    ENDED = (TrackState.SIGNED, TrackState.RETURNED, TrackState.CANCELLED)

    parcel = models.OneToOneField(
        Parcel, models.PROTECT, related_name="track", primary_key=True, verbose_name=_("parcel")
    )
    state = models.CharField(_("state"), max_length=12, choices=TrackState.choices, blank=True)
    latest_at = models.DateTimeField(_("latest scan"), null=True)
    followed_at = models.DateTimeField(
        _("followed since"), null=True, help_text="when the carrier promised to push its news"
    )
    ask_at = models.DateTimeField(
        null=True, help_text="when we ask by ourselves; never again once it has arrived"
    )

    objects = ParcelTrackQuerySet.as_manager()

    class Meta:
        verbose_name = _("track of a parcel")
        verbose_name_plural = _("tracks of parcels")
        indexes = [
            models.Index(
                fields=["ask_at"], name="track_to_ask_about", condition=Q(ask_at__isnull=False)
            ),
        ]
        constraints = [
            models.CheckConstraint(
                name="track_state_has_its_time",
                condition=Q(state="", latest_at__isnull=True)
                | (~Q(state="") & Q(latest_at__isnull=False)),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.parcel_id} {self.state}"


class WaybillOrder(models.Model):
    """A waybill asked of a carrier, under a number that stays on every retry."""

    class Status(models.TextChoices):
        ASKED = "asked", _("asked of the carrier")
        GIVEN = "given", _("given")
        REFUSED = "refused", _("refused")
        GIVEN_BACK = "given_back", _("given back")

    TRANSITIONS: ClassVar[Transitions] = {
        "give": ({Status.ASKED}, Status.GIVEN),
        "refuse": ({Status.ASKED}, Status.REFUSED),
        "give_back": ({Status.GIVEN}, Status.GIVEN_BACK),
    }

    parcel = models.ForeignKey(
        Parcel, models.PROTECT, related_name="waybill_orders", verbose_name=_("parcel")
    )
    carrier = models.CharField(_("carrier"), max_length=10, choices=Parcel.Carrier.choices)
    number = models.CharField(_("our number at the carrier"), max_length=32, unique=True)
    status = models.CharField(
        _("state"), max_length=10, choices=Status.choices, default=Status.ASKED
    )
    waybill = models.CharField(_("waybill"), max_length=40, blank=True)
    code = models.CharField(_("the carrier's answer"), max_length=20, blank=True)
    asked_at = models.DateTimeField(_("asked at"))
    answered_at = models.DateTimeField(_("answered at"), null=True)

    class Meta:
        verbose_name = _("order of a waybill")
        verbose_name_plural = _("orders of waybills")
        permissions = [("order_waybill", "Can order a waybill from a carrier")]
        constraints = [
            models.UniqueConstraint(
                fields=["parcel"],
                name="one_waybill_in_the_making",
                condition=Q(status__in=["asked", "given"]),
            ),
            models.CheckConstraint(
                name="waybill_given_has_its_number",
                condition=~Q(status="given") | ~Q(waybill=""),
            ),
        ]

    def __str__(self) -> str:
        return self.number


class ShippingUpload(models.Model):
    """That WeChat must be told of a parcel (发货信息录入), and whether it knows: until then the
    customer's money is not ours to use.
    """

    class Status(models.TextChoices):
        OWED = "owed", _("to be told")
        DONE = "done", _("told to WeChat")
        STUCK = "stuck", _("before people")
        MOOT = "moot", _("nothing to tell any more")

    TRANSITIONS: ClassVar[Transitions] = {
        "take": ({Status.OWED, Status.STUCK}, Status.DONE),
        "stick": ({Status.OWED, Status.STUCK}, Status.STUCK),
        "drop": ({Status.OWED, Status.STUCK}, Status.MOOT),
    }

    parcel = models.OneToOneField(
        Parcel, models.PROTECT, related_name="shipping_upload", verbose_name=_("parcel")
    )
    status = models.CharField(
        _("state"), max_length=10, choices=Status.choices, default=Status.OWED
    )
    owed_since = models.DateTimeField(_("to be told since"))
    told_at = models.DateTimeField(_("told at"), null=True)
    code = models.CharField(_("WeChat's answer"), max_length=20, blank=True)

    class Meta:
        verbose_name = _("shipping information")
        verbose_name_plural = _("shipping information")
        constraints = [
            models.CheckConstraint(
                name="upload_told_has_its_time",
                condition=(Q(status="done") & Q(told_at__isnull=False))
                | (~Q(status="done") & Q(told_at__isnull=True)),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.parcel_id} {self.status}"
