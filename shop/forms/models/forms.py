"""Forms and their versions: what was published never changes."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

import pgtrigger
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from shop.errors import Text
from shop.events.states import Transitions
from shop.forms.kinds import USES, FormUse, Terms
from shop.forms.rules import FULL, Content, from_json
from shop.identity.models import User

if TYPE_CHECKING:
    from shop.identity.actors import Actor

FROZEN = ("form_id", "number", "content", "content_hash", "pass_bp", "minutes", "attempts",
          "four_eyes", "drafted_at", "drafted_by_id")  # fmt: skip
"""What a version is, from the moment it is published."""

CHANGED = " OR ".join(f"OLD.{column} IS DISTINCT FROM NEW.{column}" for column in FROZEN)


class Form(models.Model):
    """What is filled in for a use; its questions are in its versions. Without a name it is the
    use's own first form."""

    use = models.CharField(_("used for"), max_length=40)
    name = models.CharField(_("form"), max_length=80, blank=True)

    class Meta:
        verbose_name = _("form")
        verbose_name_plural = _("forms")
        ordering = ["use", "pk"]
        constraints = [models.UniqueConstraint(fields=["use", "name"], name="form_named_once")]

    def __str__(self) -> str:
        return self.name or str(self.use_label)

    @property
    def use_label(self) -> Text:
        """What it is for; a use that this release no longer knows by its code."""
        use = USES.get(self.use)
        return use.label if use else self.use

    @property
    def purpose(self) -> FormUse:
        """Its use; raises KeyError for one that this release no longer knows."""
        return USES[self.use]


class FormVersionQuerySet(models.QuerySet["FormVersion"]):
    def visible_to(self, actor: Actor) -> FormVersionQuerySet:
        """Staff who may look at forms; strangers get nothing."""
        return self if actor.may("forms.view_formversion") else self.none()

    def locked(self) -> FormVersionQuerySet:
        return self.select_for_update(of=("self",), no_key=True)

    def published(self) -> FormVersionQuerySet:
        return self.filter(status=FormVersion.Status.PUBLISHED)


class FormVersion(models.Model):
    """One version of a form: its questions, and how it is filled in and passed."""

    class Status(models.TextChoices):
        DRAFT = "draft", _("draft")
        PUBLISHED = "published", _("published")
        RETIRED = "retired", _("retired")

    TRANSITIONS: ClassVar[Transitions] = {
        "publish": ({Status.DRAFT}, Status.PUBLISHED),
        "retire": ({Status.DRAFT, Status.PUBLISHED}, Status.RETIRED),
    }

    form = models.ForeignKey(Form, models.PROTECT, related_name="versions", verbose_name=_("form"))
    number = models.PositiveIntegerField(_("version"))
    status = models.CharField(
        _("state"), max_length=10, choices=Status.choices, default=Status.DRAFT
    )
    content = models.JSONField(_("questions"))
    content_hash = models.BinaryField(_("SHA-256 of the questions"), max_length=32)
    edits = models.PositiveIntegerField(default=0, help_text="counts every change of the draft")
    pass_bp = models.PositiveIntegerField(_("pass mark (basis points)"))
    minutes = models.PositiveSmallIntegerField(_("minutes to fill it in"), default=0)
    attempts = models.PositiveSmallIntegerField(_("attempts allowed"), default=0)
    four_eyes = models.BooleanField(_("marked by somebody else"), default=True)
    drafted_at = models.DateTimeField(_("drafted at"))
    drafted_by = models.ForeignKey(
        User, models.PROTECT, null=True, related_name="+", verbose_name=_("drafted by")
    )
    published_at = models.DateTimeField(_("published at"), null=True)
    published_by = models.ForeignKey(
        User, models.PROTECT, null=True, related_name="+", verbose_name=_("published by")
    )
    retired_at = models.DateTimeField(_("retired at"), null=True)

    objects = FormVersionQuerySet.as_manager()

    class Meta:
        verbose_name = _("form")
        verbose_name_plural = _("forms")
        ordering = ["form", "-number"]
        permissions = [
            ("draft_form", "Can write forms"),
            ("revise_form", "Can write the next version of a form"),
            ("publish_form", "Can publish forms"),
            ("retire_form", "Can retire forms"),
        ]
        constraints = [
            models.UniqueConstraint(fields=["form", "number"], name="form_version_number"),
            models.UniqueConstraint(
                fields=["form"], condition=Q(status="draft"), name="one_draft_per_form"
            ),
            models.UniqueConstraint(
                fields=["form"], condition=Q(status="published"), name="one_form_in_force"
            ),
            models.CheckConstraint(name="pass_mark", condition=Q(pass_bp__lte=FULL)),
            models.CheckConstraint(
                name="form_version_state",
                condition=Q(status="draft", published_at__isnull=True, retired_at__isnull=True)
                | Q(status="published", published_at__isnull=False, retired_at__isnull=True)
                | Q(status="retired", retired_at__isnull=False),
            ),
        ]
        triggers = [
            pgtrigger.Protect(name="version_never_deleted", operation=pgtrigger.Delete),
            pgtrigger.Protect(
                name="published_for_good",
                operation=pgtrigger.Update,
                condition=pgtrigger.Condition(f"OLD.status <> 'draft' AND ({CHANGED})"),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.form} v{self.number}"

    @property
    def stream(self) -> str:
        """Where its events are."""
        return f"form_version:{self.pk}"

    @property
    def asks(self) -> Content:
        """Its questions."""
        return from_json(self.content)

    @property
    def terms(self) -> Terms:
        return Terms(self.pass_bp, self.minutes, self.attempts, self.four_eyes)
