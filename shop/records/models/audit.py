"""What people did beside facts, and the seals over both logs. All append-only by trigger."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import models
from django.utils.translation import gettext_lazy as _

if TYPE_CHECKING:
    from shop.identity.actors import Actor


class AuditEntryQuerySet(models.QuerySet["AuditEntry"]):
    def visible_to(self, actor: Actor) -> AuditEntryQuerySet:
        return self if actor.may("records.view_auditentry") else self.none()


class AuditEntry(models.Model):
    """One look, sign-in, export or grant. Facts are in the event log; this is what they leave out.

    Written by `trail.record` in the transaction it belongs to. No personal data in clear: people
    are numbers, networks and unknown sign-in names are keyed hashes. Partitioned by year on its
    time-ordered id, as the event log is.
    """

    class Kind(models.TextChoices):
        LOOK = "look", _("look")
        SIGN_IN = "sign_in", _("sign-in")
        SIGN_IN_FAILED = "sign_in_failed", _("sign-in refused")
        LOCKED_OUT = "locked_out", _("locked out")
        SIGN_OUT = "sign_out", _("sign-out")
        EXPORT = "export", _("export")
        GRANT = "grant", _("grant")

    id = models.UUIDField(primary_key=True, editable=False)
    kind = models.CharField(_("kind"), max_length=20, choices=Kind.choices)
    subject = models.CharField(_("object"), max_length=80, help_text="order:12, user:3, …")
    purpose = models.CharField(_("purpose"), max_length=200)
    at = models.DateTimeField(_("at"))
    door = models.CharField(_("door"), max_length=10)
    user_id = models.BigIntegerField(null=True)
    customer_id = models.BigIntegerField(null=True)
    network = models.CharField(_("network"), max_length=32, help_text="keyed hash of the address")
    request_id = models.CharField(_("request"), max_length=32)

    objects = AuditEntryQuerySet.as_manager()

    class Meta:
        verbose_name = _("audit entry")
        verbose_name_plural = _("audit trail")
        ordering = ["-id"]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.subject}"


class Batch(models.Model):
    """Rows that were sealed together: a link of the chain.

    `head` is the hash of the last batch's head, of this row's own figures and of the digests of
    its rows in their order. `since` is when the sealer last had nothing left to seal before: a row
    older than that was not there then.
    """

    number = models.BigIntegerField(primary_key=True)
    first_seq = models.BigIntegerField()
    last_seq = models.BigIntegerField()
    since = models.DateTimeField(null=True)
    sealed_at = models.DateTimeField(_("sealed at"))
    is_complete = models.BooleanField(help_text="nothing was left to seal")
    head = models.BinaryField(max_length=32)

    class Meta:
        verbose_name = _("sealed batch")
        verbose_name_plural = _("sealed batches")
        constraints = [
            models.CheckConstraint(
                name="batch_holds_rows",
                condition=models.Q(last_seq__gte=models.F("first_seq"), number__gt=0),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.number}: {self.first_seq}–{self.last_seq}"


class Seal(models.Model):
    """One row's place in the chain, and what it was. Rows without one are what the sealer looks
    for."""

    class Source(models.IntegerChoices):
        EVENT = 1, _("event")
        AUDIT = 2, _("audit entry")

    seq = models.BigIntegerField(primary_key=True)
    batch = models.ForeignKey(Batch, models.PROTECT, related_name="seals", db_index=False)
    source = models.PositiveSmallIntegerField(choices=Source.choices)
    row = models.UUIDField(unique=True)
    digest = models.BinaryField(max_length=32, help_text="SHA-256 of the row's canonical form")

    class Meta:
        verbose_name = _("seal")
        verbose_name_plural = _("seals")

    def __str__(self) -> str:
        return f"{self.seq} {self.row}"


class Verification(models.Model):
    """One walk along the whole chain, and how many breaks it found."""

    began_at = models.DateTimeField(_("began at"))
    took_ms = models.PositiveIntegerField(_("took (ms)"))
    rows = models.BigIntegerField(_("rows"))
    breaks = models.PositiveIntegerField(_("breaks"))

    class Meta:
        verbose_name = _("verification")
        verbose_name_plural = _("verifications")

    def __str__(self) -> str:
        return f"{self.began_at:%F %T}: {self.breaks}"
