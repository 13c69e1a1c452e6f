"""Visitors, their visits and what they looked at; what was dropped, counted."""

from __future__ import annotations

from datetime import datetime

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from analytics import rules
from shop.identity.models import Customer


class VisitorQuerySet(models.QuerySet["Visitor"]):
    def locked(self) -> VisitorQuerySet:
        return self.select_for_update(no_key=True)


class Visitor(models.Model):
    """A device before sign-in, the customer afterwards: a person is counted once (B5.1.1).

    When somebody signs in on a device, what the device did becomes the customer's, once.
    """

    device_digest = models.BinaryField(max_length=32, null=True, unique=True)
    customer = models.OneToOneField(
        Customer, models.CASCADE, null=True, related_name="visitor", verbose_name=_("customer")
    )
    first_seen_at = models.DateTimeField(_("first seen at"))

    objects = VisitorQuerySet.as_manager()

    class Meta:
        verbose_name = _("visitor")
        verbose_name_plural = _("visitors")
        constraints = [
            models.CheckConstraint(
                name="visitor_is_a_device_or_a_customer",
                condition=Q(device_digest__isnull=False, customer__isnull=True)
                | Q(device_digest__isnull=True, customer__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"V{self.pk}"


class Visit(models.Model):
    """One stay: ends after half an hour without an event, lasts a day at most."""

    visitor = models.ForeignKey(Visitor, models.CASCADE, related_name="visits")
    began_at = models.DateTimeField(_("began at"))
    ended_at = models.DateTimeField(_("last event at"))
    scene = models.PositiveIntegerField(
        _("scene"), null=True, help_text="WeChat's number of the way in"
    )
    campaign = models.CharField(_("campaign"), max_length=40, blank=True)

    class Meta:
        verbose_name = _("visit")
        verbose_name_plural = _("visits")
        ordering = ["began_at"]
        indexes = [models.Index(fields=["visitor", "ended_at"], name="visit_of_visitor")]

    def __str__(self) -> str:
        return f"V{self.visitor_id} {self.began_at}"

    @property
    def stretch(self) -> rules.Stretch:
        return rules.Stretch(self.began_at, self.ended_at)

    def stretch_to(self, at: datetime) -> None:
        """Take an event in."""
        longer = self.stretch.with_event(at)
        self.began_at, self.ended_at = longer.began_at, longer.ended_at


class PageEvent(models.Model):
    """Something done on a page. The id is the sender's own: what is sent twice counts once."""

    class Kind(models.TextChoices):
        PAGE_VIEW = "page_view", _("page view")
        CLICK = "click", _("click")
        SHARE = "share", _("share")

    id = models.UUIDField(primary_key=True)
    visitor = models.ForeignKey(Visitor, models.CASCADE, related_name="events")
    visit = models.ForeignKey(Visit, models.CASCADE, related_name="events")
    kind = models.CharField(_("kind"), max_length=10, choices=Kind.choices)
    page = models.CharField(_("page"), max_length=20)
    product_id = models.BigIntegerField(_("product"), null=True)
    at = models.DateTimeField(_("at"), db_index=True)
    received_at = models.DateTimeField(_("received at"))

    class Meta:
        verbose_name = _("page event")
        verbose_name_plural = _("page events")
        ordering = ["at"]

    def __str__(self) -> str:
        return f"{self.kind} {self.page}"


class DroppedEvents(models.Model):
    """How many events of a business day were not counted, by the reason (B5.2.2)."""

    day = models.DateField(_("business day"))
    reason = models.CharField(_("reason"), max_length=20)
    count = models.PositiveIntegerField(_("number"))

    class Meta:
        verbose_name = _("dropped events")
        verbose_name_plural = _("dropped events")
        ordering = ["-day", "reason"]
        constraints = [
            models.UniqueConstraint(fields=["day", "reason"], name="dropped_once_a_day"),
        ]

    def __str__(self) -> str:
        return f"{self.day} {self.reason}: {self.count}"
