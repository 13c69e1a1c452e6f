"""Files that somebody gave us, or that we made for somebody."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from shop.identity.models import Party
from shop.records.purposes import PURPOSES, FilePurpose

if TYPE_CHECKING:
    from shop.identity.actors import Actor


class StoredFileQuerySet(models.QuerySet["StoredFile"]):
    def visible_to(self, actor: Actor) -> StoredFileQuerySet:
        """A customer's own; for staff those whose purpose their post may read."""
        if actor.customer is not None:
            return self.kept().filter(owner=actor.customer.party_id)
        if actor.user is None:
            return self
        read = [code for code, purpose in PURPOSES.items() if actor.may(purpose.readers)]
        return self.filter(purpose__in=read)

    def kept(self) -> StoredFileQuerySet:
        """Whose content is still there."""
        return self.filter(removed_at__isnull=True)

    def past_their_time(self, at: datetime) -> StoredFileQuerySet:
        """What retention takes away, the longest due first."""
        return self.kept().filter(keep_until__lte=at).order_by("keep_until", "pk")


class StoredFile(models.Model):
    """A file: what it is for, whose it is, and the hash of what was kept.

    Its bytes are in the storage under `key`. When its time is over they go, and so does its name;
    the row stays, so that what referred to it can say when and why it went.
    """

    class Gone(models.TextChoices):
        RETENTION = "retention", _("its time was over")
        ERASURE = "erasure", _("its owner was erased")
        REPLACED = "replaced", _("replaced")

    purpose = models.CharField(_("purpose"), max_length=40)
    owner = models.ForeignKey(
        Party, models.PROTECT, null=True, related_name="files", verbose_name=_("owner")
    )
    name = models.CharField(_("name"), max_length=120, blank=True)
    content_type = models.CharField(_("kind of content"), max_length=100)
    size = models.PositiveIntegerField(_("size"), help_text="bytes")
    sha256 = models.BinaryField(max_length=32, help_text="of the content as kept, unsealed")
    key = models.CharField(max_length=60, unique=True, help_text="in the storage; random")
    kept_at = models.DateTimeField(_("kept at"))
    keep_until = models.DateTimeField(_("keep until"), null=True, db_index=True)
    removed_at = models.DateTimeField(_("removed at"), null=True)
    removed_why = models.CharField(
        _("why it was removed"), max_length=20, choices=Gone.choices, blank=True
    )

    objects = StoredFileQuerySet.as_manager()

    class Meta:
        verbose_name = _("file")
        verbose_name_plural = _("files")
        ordering = ["-pk"]
        permissions = [
            ("keep_file", "Can have a file kept"),
            ("read_file", "Can read files that their post may see"),
            ("read_customers_picture", "Can read pictures that customers sent"),
        ]
        constraints = [
            models.CheckConstraint(
                name="removed_file_has_no_name",
                condition=Q(removed_at__isnull=True, removed_why="") & ~Q(name="")
                | Q(removed_at__isnull=False, name="") & ~Q(removed_why=""),
            ),
        ]
        indexes = [models.Index(fields=["owner", "purpose"], name="files_of_owner")]

    def __str__(self) -> str:
        return self.name or f"F{self.pk:06d}"

    @property
    def stream(self) -> str:
        """Where its events are."""
        return f"file:{self.pk}"

    @property
    def declared(self) -> FilePurpose:
        """Raises KeyError for a purpose that this release no longer knows."""
        return PURPOSES[self.purpose]
