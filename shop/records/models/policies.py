"""The company's rules as versions, who has read them, and who has agreed to them."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, ClassVar

from django.db import models
from django.db.models import Exists, OuterRef, Q, Value
from django.utils.translation import gettext_lazy as _

from shop.events.states import Transitions
from shop.identity.models import Customer, User

if TYPE_CHECKING:
    from shop.identity.actors import Actor


class Policy(models.Model):
    """A written rule: for customers, for all staff, or for some posts (ST14)."""

    class Audience(models.TextChoices):
        CUSTOMERS = "customers", _("customers")
        STAFF = "staff", _("all staff")
        POSTS = "posts", _("some posts")

    code = models.SlugField(_("code"), max_length=30, unique=True)
    title = models.CharField(_("Title"), max_length=60)
    audience = models.CharField(_("for"), max_length=10, choices=Audience.choices)
    posts = models.JSONField(_("posts"), default=list, help_text="role codes, for some posts")

    class Meta:
        verbose_name = _("policy")
        verbose_name_plural = _("policies")
        ordering = ["audience", "pk"]
        permissions = [
            ("establish_policy", "Can begin a policy"),
            ("draft_policy_version", "Can draft a version of a policy"),
        ]
        constraints = [
            models.CheckConstraint(
                name="policy_audience", condition=Q(audience__in=["customers", "staff", "posts"])
            ),
            models.CheckConstraint(
                name="policy_for_posts_names_them", condition=Q(audience="posts") ^ Q(posts=[])
            ),
        ]

    def __str__(self) -> str:
        return self.title

    @property
    def stream(self) -> str:
        """Where its events are."""
        return f"policy:{self.pk}"

    def is_for(self, user: User) -> bool:
        """Whether this member of staff must read it."""
        if self.audience == Policy.Audience.POSTS:
            return any(role.code in self.posts for role in user.roles)
        return self.audience == Policy.Audience.STAFF


class PolicyVersionQuerySet(models.QuerySet["PolicyVersion"]):
    def visible_to(self, actor: Actor) -> PolicyVersionQuerySet:
        """What is published, and drafts for those who write them. `is_read` says whether the
        actor has confirmed it."""
        readings = PolicyReading.objects.filter(
            version=OuterRef("pk"), user=actor.user.pk if actor.user else None
        )
        seen = self.annotate(is_read=Exists(readings))
        if actor.may("records.draft_policy_version") or actor.may("records.publish_policy_version"):
            return seen
        may_view = actor.may("records.view_policyversion")
        return seen.published() if may_view else seen.none()

    def published(self) -> PolicyVersionQuerySet:
        return self.filter(status=PolicyVersion.Status.PUBLISHED)

    def in_force(self, at: datetime) -> PolicyVersionQuerySet:
        """Of each policy the version that took effect last."""
        later = PolicyVersion.objects.published().filter(
            policy=OuterRef("policy"), effective_at__lte=at, number__gt=OuterRef("number")
        )
        return self.published().filter(~Exists(later), effective_at__lte=at)

    def for_customers(self) -> PolicyVersionQuerySet:
        return self.filter(policy__audience=Policy.Audience.CUSTOMERS)

    def unread_by(self, user: User) -> PolicyVersionQuerySet:
        """For staff: those this person has not confirmed, whoever they are for."""
        readings = PolicyReading.objects.filter(version=OuterRef("pk"), user=user)
        for_staff = self.exclude(policy__audience=Policy.Audience.CUSTOMERS)
        return for_staff.filter(~Exists(readings)).annotate(is_read=Value(False))


class PolicyVersion(models.Model):
    """The words of a policy. Once published they never change, by trigger.

    Whether a published version is announced, in force or superseded follows from the instants at
    which it and its successors take effect; it is not stored.
    """

    class Status(models.TextChoices):
        DRAFT = "draft", _("draft")
        PUBLISHED = "published", _("published")

    TRANSITIONS: ClassVar[Transitions] = {"publish": ({Status.DRAFT}, Status.PUBLISHED)}

    policy = models.ForeignKey(
        Policy, models.PROTECT, related_name="versions", verbose_name=_("policy")
    )
    number = models.PositiveIntegerField(_("version"))
    status = models.CharField(
        _("state"), max_length=10, choices=Status.choices, default=Status.DRAFT
    )
    text = models.TextField(_("text"), max_length=40_000)
    text_hash = models.BinaryField(_("SHA-256 of the text"), max_length=32)
    changes = models.CharField(_("what is new"), max_length=200, blank=True)
    drafted_at = models.DateTimeField(_("drafted at"))
    drafted_by = models.ForeignKey(
        User, models.PROTECT, null=True, related_name="+", verbose_name=_("drafted by")
    )
    published_at = models.DateTimeField(_("published at"), null=True)
    published_by = models.ForeignKey(
        User, models.PROTECT, null=True, related_name="+", verbose_name=_("published by")
    )
    effective_at = models.DateTimeField(_("in force from"), null=True)

    objects = PolicyVersionQuerySet.as_manager()

    class Meta:
        verbose_name = _("version of a policy")
        verbose_name_plural = _("versions of policies")
        ordering = ["policy", "-number"]
        permissions = [
            ("publish_policy_version", "Can publish a version of a policy"),
            ("confirm_reading", "Can confirm that they have read a policy"),
        ]
        constraints = [
            models.UniqueConstraint(fields=["policy", "number"], name="policy_version_number"),
            models.UniqueConstraint(
                fields=["policy"], condition=Q(status="draft"), name="one_draft_per_policy"
            ),
            models.CheckConstraint(
                name="policy_version_state",
                condition=Q(status="draft", published_at__isnull=True, effective_at__isnull=True)
                | Q(status="published", published_at__isnull=False, effective_at__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.policy} v{self.number}"

    @property
    def stream(self) -> str:
        """Where its events are."""
        return f"policy:{self.policy_id}"


class PolicyReading(models.Model):
    """A member of staff confirmed that they read this version."""

    version = models.ForeignKey(PolicyVersion, models.PROTECT, related_name="readings")
    user = models.ForeignKey(User, models.PROTECT, related_name="+")
    text_hash = models.BinaryField(max_length=32)
    read_at = models.DateTimeField(_("read at"))

    class Meta:
        verbose_name = _("confirmed reading")
        verbose_name_plural = _("confirmed readings")
        constraints = [
            models.UniqueConstraint(fields=["version", "user"], name="read_once"),
        ]

    def __str__(self) -> str:
        return f"{self.user_id} {self.version_id}"


class PolicyAcceptance(models.Model):
    """A customer agreed to this version. Each order keeps the versions it was placed under."""

    version = models.ForeignKey(PolicyVersion, models.PROTECT, related_name="acceptances")
    customer = models.ForeignKey(Customer, models.PROTECT, related_name="+")
    text_hash = models.BinaryField(max_length=32)
    accepted_at = models.DateTimeField(_("accepted at"))

    class Meta:
        verbose_name = _("acceptance")
        verbose_name_plural = _("acceptances")
        constraints = [
            models.UniqueConstraint(fields=["customer", "version"], name="accepted_once"),
        ]

    def __str__(self) -> str:
        return f"{self.customer_id} {self.version_id}"
