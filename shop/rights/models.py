"""What customers asked for about their data, and how far it is."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, ClassVar

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from shop.events.states import Transitions
from shop.identity.models import Customer, User
from shop.records.models import StoredFile
from shop.rights import rules

if TYPE_CHECKING:
    from shop.identity.actors import Actor

COOLING_OVER = "rights.cooling_over"
"""The kind of timer that ends the time in which an erasure can be called off."""


class DataRequestQuerySet(models.QuerySet["DataRequest"]):
    def visible_to(self, actor: Actor) -> DataRequestQuerySet:
        if actor.customer is not None:
            return self.filter(customer=actor.customer)
        return self if actor.may("rights.view_datarequest") else self.none()

    def locked(self) -> DataRequestQuerySet:
        return self.select_for_update(of=("self",), no_key=True)

    def open(self) -> DataRequestQuerySet:
        return self.filter(status__in=DataRequest.OPEN)


class DataRequest(models.Model):
    """A customer's wish about their data: a copy of all of it, or its erasure.

    Asked by themselves in the mini-program, or by staff for one who phones, who say how they made
    sure who it is. Answered within fifteen days.
    """

    class Kind(models.TextChoices):
        COPY = "copy", _("copy of the data")
        ERASURE = "erasure", _("erasure")

    class Status(models.TextChoices):
        ASKED = "asked", _("being prepared")
        READY = "ready", _("ready to fetch")
        FETCHED = "fetched", _("fetched")
        COOLING = "cooling", _("can be called off")
        STOPPED = "stopped", _("stopped")
        CALLED_OFF = "called_off", _("called off")
        ERASED = "erased", _("erased")

    class Identified(models.TextChoices):
        """How staff made sure that it is the customer who asks."""

        PHONED_BACK = "phoned_back", _("called back on the number of an order")
        ORDER_KNOWN = "order_known", _("named an order, its goods and its amount")
        IN_PERSON = "in_person", _("was here, with the phone that is signed in")

    OPEN = (Status.ASKED, Status.COOLING, Status.STOPPED)
    TRANSITIONS: ClassVar[Transitions] = {
        "prepare": ({Status.ASKED}, Status.READY),
        "fetch": ({Status.READY, Status.FETCHED}, Status.FETCHED),
        "call_off": ({Status.COOLING, Status.STOPPED}, Status.CALLED_OFF),
        "stop": ({Status.COOLING, Status.STOPPED}, Status.STOPPED),
        "erase": ({Status.COOLING, Status.STOPPED}, Status.ERASED),
    }

    kind = models.CharField(_("kind"), max_length=10, choices=Kind.choices)
    customer = models.ForeignKey(
        Customer, models.PROTECT, related_name="data_requests", verbose_name=_("customer")
    )
    status = models.CharField(_("state"), max_length=10, choices=Status.choices)
    asked_at = models.DateTimeField(_("asked at"))
    asked_for_by = models.ForeignKey(
        User, models.PROTECT, null=True, related_name="+", verbose_name=_("asked for by")
    )
    identified = models.CharField(
        _("made sure who asks"), max_length=20, choices=Identified.choices, blank=True
    )
    answered_at = models.DateTimeField(_("answered at"), null=True)
    file = models.OneToOneField(StoredFile, models.PROTECT, null=True, related_name="data_request")
    link_digest = models.BinaryField(max_length=32, null=True, unique=True)
    link_until = models.DateTimeField(null=True)

    objects = DataRequestQuerySet.as_manager()

    class Meta:
        verbose_name = _("request about data")
        verbose_name_plural = _("requests about data")
        ordering = ["-pk"]
        permissions = [
            ("request_copy", "Can ask for a copy of a customer's data"),
            ("request_erasure", "Can ask for a customer's erasure"),
            ("call_off_erasure", "Can call off an erasure"),
            ("erase_customer", "Can try a stopped erasure again"),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["customer", "kind"],
                condition=Q(status__in=["asked", "cooling", "stopped"]),
                name="one_open_data_request",
            ),
            models.CheckConstraint(
                name="data_request_status",
                condition=Q(kind="copy", status__in=["asked", "ready", "fetched"])
                | Q(kind="erasure", status__in=["cooling", "stopped", "called_off", "erased"]),
            ),
            models.CheckConstraint(
                name="data_request_answered",
                condition=Q(status__in=["asked", "cooling", "stopped"], answered_at__isnull=True)
                | ~Q(status__in=["asked", "cooling", "stopped"]) & Q(answered_at__isnull=False),
            ),
            models.CheckConstraint(
                name="data_request_by_staff_is_identified",
                condition=Q(asked_for_by__isnull=True) | ~Q(identified=""),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} C{self.customer_id:06d}"

    @property
    def stream(self) -> str:
        """Where its events are."""
        return f"data_request:{self.pk}"

    @property
    def due_at(self) -> datetime:
        """By when law wants it answered."""
        return rules.due_at(self.asked_at)

    @property
    def erases_at(self) -> datetime:
        """When the cooling of an erasure is over."""
        return rules.erases_at(self.asked_at)

    @property
    def is_open(self) -> bool:
        return self.status in self.OPEN
