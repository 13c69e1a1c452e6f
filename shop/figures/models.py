"""Figures as they were measured, by business day, with every revision."""

from __future__ import annotations

from datetime import date

import pgtrigger
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from shop.figures.rules import Figure


class MeasuredValueQuerySet(models.QuerySet["MeasuredValue"]):
    def latest(self) -> MeasuredValueQuerySet:  # type: ignore[override]
        """What is known today; what was known earlier are the other revisions."""
        return self.filter(is_latest=True)

    def between(self, since: date, until: date) -> MeasuredValueQuerySet:
        return self.filter(day__gte=since, day__lte=until)


class MeasuredValue(models.Model):
    """One indicator on one business day, in whole or for one member of a dimension.

    A day without a row was not measured: that is not zero. When late facts change a day, a new
    revision is written and the old one stays.
    """

    indicator = models.CharField(_("indicator"), max_length=60)
    version = models.PositiveSmallIntegerField(_("version"))
    day = models.DateField(_("business day"))
    dimension = models.CharField(_("dimension"), max_length=20, blank=True)
    member = models.CharField(_("member"), max_length=60, blank=True)
    numerator = models.BigIntegerField(_("numerator"))
    denominator = models.BigIntegerField(_("denominator"), null=True)
    revision = models.PositiveSmallIntegerField(_("revision"), default=1)
    is_latest = models.BooleanField(_("latest"), default=True)
    measured_at = models.DateTimeField(_("measured at"))

    objects = MeasuredValueQuerySet.as_manager()

    class Meta:
        verbose_name = _("measured value")
        verbose_name_plural = _("measured values")
        ordering = ["-day", "indicator"]
        constraints = [
            models.UniqueConstraint(
                fields=["indicator", "version", "day", "dimension", "member", "revision"],
                name="measured_once_per_revision",
            ),
            models.UniqueConstraint(
                fields=["indicator", "version", "day", "dimension", "member"],
                condition=Q(is_latest=True),
                name="one_latest_value",
            ),
        ]
        triggers = [
            pgtrigger.Protect(
                name="measured_is_frozen",
                operation=pgtrigger.Update,
                condition=pgtrigger.AnyChange(
                    "numerator", "denominator", "day", "indicator", "revision", "measured_at"
                ),
            ),
            pgtrigger.Protect(name="never_deleted", operation=pgtrigger.Delete),
        ]

    def __str__(self) -> str:
        return f"{self.indicator} {self.day}"

    @property
    def figure(self) -> Figure:
        return Figure(self.numerator, self.denominator)


class MeasuredDay(models.Model):
    """A business day that was measured as a whole after it had ended: its figures are complete.

    Late facts may still restate them.
    """

    day = models.DateField(_("business day"), unique=True)
    first_measured_at = models.DateTimeField(_("first measured at"))

    class Meta:
        verbose_name = _("measured day")
        verbose_name_plural = _("measured days")
        ordering = ["-day"]

    def __str__(self) -> str:
        return str(self.day)
