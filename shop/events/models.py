"""EventLog: what happened, for ever. Delivery: what is still owed because of it."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

import pgtrigger
from django.core.serializers.json import DjangoJSONEncoder
from django.db import models
from django.utils.translation import gettext_lazy as _

if TYPE_CHECKING:
    from shop.identity.actors import Actor


class EventLog(models.Model):
    """One fact. Audit trail, timeline and outbox in one; append-only by trigger.

    The id is a UUIDv7 made from the instant, so the table is partitioned by year on its primary
    key and foreign keys to it stay simple. Actors are named by number, without foreign keys:
    history outlives accounts, and this package knows nobody.
    """

    id = models.UUIDField(primary_key=True, editable=False)
    kind = models.CharField(_("event"), max_length=80)
    stream = models.CharField(_("subject"), max_length=80)
    seq = models.BigIntegerField(help_text="position within the stream, from 1, without gaps")
    data = models.JSONField(
        encoder=DjangoJSONEncoder, help_text="ids and figures, no personal data"
    )
    at = models.DateTimeField(_("at"))
    door = models.CharField(_("door"), max_length=10)
    user_id = models.BigIntegerField(null=True)
    customer_id = models.BigIntegerField(null=True)
    reason = models.CharField(_("reason"), max_length=200, blank=True)

    class Meta:
        verbose_name = _("event")
        verbose_name_plural = _("events")
        ordering = ["-id"]

    def __str__(self) -> str:
        return f"{self.kind} {self.stream}#{self.seq}"


class Stream(models.Model):
    """Counts the events of one subject; its row lock serialises them."""

    name = models.CharField(max_length=80, primary_key=True)
    seq = models.BigIntegerField()

    def __str__(self) -> str:
        return f"{self.name}#{self.seq}"


class DeliveryQuerySet(models.QuerySet["Delivery"]):
    def visible_to(self, actor: Actor) -> DeliveryQuerySet:
        return self if actor.may("events.view_delivery") else self.none()

    def parked(self) -> DeliveryQuerySet:
        return self.filter(state=Delivery.State.PARKED)

    def waiting_since(self, instant: datetime) -> DeliveryQuerySet:
        return self.filter(state=Delivery.State.PENDING, created_at__lte=instant)


class Delivery(models.Model):
    """One reaction owed to one event: at least once, in order per stream, never dropped."""

    class State(models.TextChoices):
        PENDING = "pending", _("waiting")
        DONE = "done", _("done")
        PARKED = "parked", _("parked")
        SKIPPED = "skipped", _("skipped")

    event = models.ForeignKey(
        EventLog, models.PROTECT, related_name="deliveries", verbose_name=_("event")
    )
    reaction = models.CharField(_("reaction"), max_length=100)
    lane = models.CharField(_("lane"), max_length=20)
    stream = models.CharField(_("subject"), max_length=80)
    seq = models.BigIntegerField()
    state = models.CharField(
        _("state"), max_length=10, choices=State.choices, default=State.PENDING
    )
    attempts = models.IntegerField(_("attempts"), default=0, help_text="also the fencing token")
    created_at = models.DateTimeField(_("owed since"))
    trying_since = models.DateTimeField(help_text="creation, or the last replay")
    due_at = models.DateTimeField(_("next try"))
    handed_at = models.DateTimeField(null=True, help_text="when a worker was told of it")
    leased_until = models.DateTimeField(null=True)
    done_at = models.DateTimeField(_("done at"), null=True)
    last_error = models.TextField(_("last error"), blank=True)

    objects = DeliveryQuerySet.as_manager()

    class Meta:
        verbose_name = _("delivery")
        verbose_name_plural = _("deliveries")
        permissions = [
            ("replay_delivery", "Can replay a parked delivery"),
            ("skip_delivery", "Can skip a parked delivery"),
        ]
        constraints = [
            models.UniqueConstraint(fields=["event", "reaction"], name="owed_once"),
            models.CheckConstraint(
                name="delivery_state",
                condition=models.Q(state__in=["pending", "done", "parked", "skipped"]),
            ),
            models.CheckConstraint(
                name="delivery_done_has_time",
                condition=~models.Q(state="done") | models.Q(done_at__isnull=False),
            ),
        ]
        indexes = [
            models.Index(
                fields=["due_at", "id"], name="delivery_due", condition=models.Q(state="pending")
            ),
            models.Index(
                fields=["reaction", "stream", "seq"],
                name="delivery_head",
                condition=models.Q(state__in=["pending", "parked"]),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.reaction} ← {self.stream}#{self.seq}"


class InboxMessage(models.Model):
    """What came from outside, word for word, stored once before it is answered."""

    source = models.CharField(_("source"), max_length=20)
    external_id = models.CharField(_("sender's number"), max_length=80)
    raw = models.BinaryField()
    body_hash = models.BinaryField(max_length=32)
    received_at = models.DateTimeField(_("received at"))
    applied_at = models.DateTimeField(_("applied at"), null=True)
    outcome = models.CharField(_("outcome"), max_length=200, blank=True)
    repeats = models.IntegerField(_("repeats"), default=0)

    class Meta:
        verbose_name = _("incoming message")
        verbose_name_plural = _("incoming messages")
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(fields=["source", "external_id"], name="received_once"),
        ]
        triggers = [
            pgtrigger.Protect(name="kept", operation=pgtrigger.Delete),
            pgtrigger.Protect(
                name="word_for_word",
                operation=pgtrigger.Update,
                condition=pgtrigger.AnyChange("source", "external_id", "raw", "body_hash"),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.source} {self.external_id}"
