"""Sheets: what somebody answered about a subject, and what it is worth."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

import pgtrigger
from django.db import models
from django.db.models import Exists, F, OuterRef, Q
from django.utils.translation import gettext_lazy as _

from shop.events.states import Transitions
from shop.forms.models.forms import Form, FormVersion
from shop.forms.rules import FULL, Content
from shop.identity.models import Customer, User

if TYPE_CHECKING:
    from shop.identity.actors import Actor

TIME_OVER = "forms.time_over"
"""The kind of timer that hands a sheet in when its time is up."""

ONLY_WHILE_OPEN = """
SELECT status INTO state FROM forms_sheet WHERE id = NEW.sheet_id FOR SHARE;
IF state <> 'open' THEN
    RAISE EXCEPTION 'sheet % has been handed in', NEW.sheet_id USING ERRCODE = '23514';
END IF;
RETURN NEW;
"""


class SheetQuerySet(models.QuerySet["Sheet"]):
    def visible_to(self, actor: Actor) -> SheetQuerySet:
        """One's own, and all of them for who may look at sheets."""
        if actor.customer is not None:
            return self.filter(customer=actor.customer)
        if actor.may("forms.view_sheet") or actor.user is None:
            return self if actor.may("forms.view_sheet") else self.none()
        return self.filter(filler=actor.user)

    def locked(self) -> SheetQuerySet:
        return self.select_for_update(of=("self",), no_key=True)

    def filled_by(self, actor: Actor) -> SheetQuerySet:
        return self.filter(filler=actor.user, customer=actor.customer)


class Sheet(models.Model):
    """One filling-in of a form: by whom, about what, which questions, until when."""

    class Status(models.TextChoices):
        OPEN = "open", _("being filled in")
        SUBMITTED = "submitted", _("to be marked")
        MARKED = "marked", _("marked")

    TRANSITIONS: ClassVar[Transitions] = {
        "submit": ({Status.OPEN}, Status.SUBMITTED),
        "mark": ({Status.SUBMITTED}, Status.MARKED),
    }

    form = models.ForeignKey(Form, models.PROTECT, related_name="sheets", verbose_name=_("form"))
    version = models.ForeignKey(
        FormVersion, models.PROTECT, related_name="sheets", verbose_name=_("version")
    )
    subject = models.CharField(_("about"), max_length=80)
    filler = models.ForeignKey(
        User, models.PROTECT, null=True, related_name="+", verbose_name=_("filled in by")
    )
    customer = models.ForeignKey(
        Customer, models.PROTECT, null=True, related_name="+", verbose_name=_("customer")
    )
    attempt = models.PositiveSmallIntegerField(_("attempt"), default=1)
    seed = models.PositiveBigIntegerField(_("seed of the draw"))
    asked = models.JSONField(_("questions asked"))
    status = models.CharField(
        _("state"), max_length=10, choices=Status.choices, default=Status.OPEN
    )
    started_at = models.DateTimeField(_("begun at"))
    due_at = models.DateTimeField(_("to be handed in by"), null=True)
    submitted_at = models.DateTimeField(_("handed in at"), null=True)
    by_the_clock = models.BooleanField(_("handed in when time was up"), default=False)

    objects = SheetQuerySet.as_manager()

    class Meta:
        verbose_name = _("sheet")
        verbose_name_plural = _("sheets")
        ordering = ["-pk"]
        permissions = [
            ("fill_sheet", "Can fill in sheets"),
            ("mark_sheet", "Can mark sheets"),
        ]
        indexes = [models.Index(fields=["subject"], name="sheet_of_subject")]
        constraints = [
            models.UniqueConstraint(
                fields=["form", "subject", "filler", "customer"],
                condition=Q(status="open"),
                nulls_distinct=False,
                name="one_open_sheet_each",
            ),
            models.UniqueConstraint(
                fields=["form", "subject", "filler", "customer", "attempt"],
                nulls_distinct=False,
                name="attempt_counted_once",
            ),
            models.CheckConstraint(
                name="filled_in_by_one", condition=Q(filler=None) | Q(customer=None)
            ),
            models.CheckConstraint(
                name="handed_in_has_its_time",
                condition=Q(status="open", submitted_at__isnull=True, by_the_clock=False)
                | Q(status__in=["submitted", "marked"], submitted_at__isnull=False),
            ),
        ]
        triggers = [
            pgtrigger.Protect(name="sheet_never_deleted", operation=pgtrigger.Delete),
            pgtrigger.Protect(
                name="marked_for_good",
                operation=pgtrigger.Update,
                condition=pgtrigger.Q(old__status="marked"),
            ),
            pgtrigger.Protect(
                name="asked_for_good",
                operation=pgtrigger.Update,
                condition=pgtrigger.AnyChange(
                    "form", "version", "subject", "filler", "customer", "attempt", "seed",
                    "asked", "started_at", "due_at",
                ),
            ),
        ]  # fmt: skip

    def __str__(self) -> str:
        return f"{self.form} · {self.pk}"

    @property
    def stream(self) -> str:
        """Where its events are."""
        return f"sheet:{self.pk}"

    @property
    def asks(self) -> Content:
        """The questions that were drawn for it."""
        return self.version.asks.asking(frozenset(self.asked))

    @property
    def is_open(self) -> bool:
        return self.status == self.Status.OPEN


class Answer(models.Model):
    """What was answered to one question, as it was saved last. `value` holds codes and numbers;
    words are in `text` alone: an answer in words, or a note beside a choice."""

    sheet = models.ForeignKey(Sheet, models.PROTECT, related_name="answers")
    question = models.CharField(_("question"), max_length=40)
    value = models.JSONField(_("answer"), null=True)
    text = models.TextField(_("in words"), max_length=2_000, blank=True)
    skipped = models.BooleanField(_("does not apply"), default=False)
    saved_at = models.DateTimeField(_("saved at"))
    saves = models.PositiveIntegerField(default=1)

    class Meta:
        verbose_name = _("answer")
        verbose_name_plural = _("answers")
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(fields=["sheet", "question"], name="answered_once"),
        ]
        triggers = [
            pgtrigger.Trigger(
                name="only_while_open",
                when=pgtrigger.Before,
                operation=pgtrigger.Insert | pgtrigger.Update,
                declare=[("state", "TEXT")],
                func=ONLY_WHILE_OPEN,
            ),
            pgtrigger.Protect(name="answer_never_deleted", operation=pgtrigger.Delete),
        ]

    def __str__(self) -> str:
        return f"{self.sheet_id} {self.question}"


class ResultQuerySet(models.QuerySet["Result"]):
    def standing(self) -> ResultQuerySet:
        """Those that no correction has taken the place of."""
        later = Result.objects.filter(sheet=OuterRef("sheet"), number__gt=OuterRef("number"))
        return self.filter(~Exists(later))


class Result(models.Model):
    """What a sheet is worth, line by line. A correction is a result of its own, with its reason;
    the one before it stays as it was."""

    sheet = models.ForeignKey(
        Sheet, models.PROTECT, related_name="results", verbose_name=_("sheet")
    )
    number = models.PositiveSmallIntegerField(_("result"))
    score_bp = models.PositiveIntegerField(_("score (basis points)"))
    passed = models.BooleanField(_("passed"))
    lines = models.JSONField(_("how it came about"))
    marks = models.JSONField(_("marks that people gave"))
    reason = models.CharField(_("why it was corrected"), max_length=200, blank=True)
    made_at = models.DateTimeField(_("marked at"))
    made_by = models.ForeignKey(
        User, models.PROTECT, null=True, related_name="+", verbose_name=_("marked by")
    )

    objects = ResultQuerySet.as_manager()

    class Meta:
        verbose_name = _("result")
        verbose_name_plural = _("results")
        ordering = ["sheet", "number"]
        default_permissions = ()
        permissions = [("correct_result", "Can correct the result of a sheet")]
        indexes = [models.Index(F("made_at"), name="result_by_time")]
        constraints = [
            models.UniqueConstraint(fields=["sheet", "number"], name="result_number"),
            models.CheckConstraint(name="result_score", condition=Q(score_bp__lte=FULL)),
            models.CheckConstraint(
                name="corrected_with_words", condition=Q(number=1) | ~Q(reason="")
            ),
        ]
        triggers = [
            pgtrigger.Protect(
                name="result_append_only", operation=pgtrigger.Update | pgtrigger.Delete
            )
        ]

    def __str__(self) -> str:
        return f"{self.sheet_id} · {self.number}"
