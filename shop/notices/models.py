"""Notices and their sendings; consents, wishes, and the messages a customer still allows."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, ClassVar

from django.core.serializers.json import DjangoJSONEncoder
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from shop.events.states import Transitions
from shop.identity.models import Customer, Party, User
from shop.notices.kinds import KINDS, Channel, NoticeKind
from shop.notices.rules import HARD_BOUNCES, MOST_ALLOWED, QuietHours

if TYPE_CHECKING:
    from shop.identity.actors import Actor

RELEASE = "notices.release"
"""The kind of timer that ends a sending's quiet hours."""


class NoticeQuerySet(models.QuerySet["Notice"]):
    def visible_to(self, actor: Actor) -> NoticeQuerySet:
        """All of them for who keeps the log; their own for everybody else."""
        if actor.may("notices.view_notice"):
            return self
        return self.filter(party=actor.user.party_id) if actor.user else self.none()

    def of(self, party_id: int | None) -> NoticeQuerySet:
        """One person's inbox; without a party it is empty."""
        inbox = self.filter(party=party_id, sendings__channel=Channel.DESK)
        return inbox if party_id else self.none()

    def unread(self) -> NoticeQuerySet:
        return self.filter(read_at__isnull=True)


class Notice(models.Model):
    """Somebody is to know of something: told once per kind, person and fact (`key`).

    What it says is not here: it is rendered from `figures` and the subject whenever it is sent
    or looked at. Without a party it was for a post: its group, or nobody at all.
    """

    kind = models.CharField(_("kind"), max_length=60)
    party = models.ForeignKey(
        Party, models.PROTECT, null=True, related_name="notices", verbose_name=_("told")
    )
    post = models.CharField(_("as the post"), max_length=30, blank=True)
    stands_in = models.BooleanField(
        _("stands in"), default=False, help_text="told because nobody holds the post"
    )
    key = models.CharField(_("fact"), max_length=100)
    subject = models.CharField(_("subject"), max_length=80)
    figures = models.JSONField(
        default=dict, encoder=DjangoJSONEncoder, help_text="ids and figures, no personal data"
    )
    raised_at = models.DateTimeField(_("raised at"))
    read_at = models.DateTimeField(_("read at"), null=True)

    objects = NoticeQuerySet.as_manager()

    class Meta:
        verbose_name = _("notice")
        verbose_name_plural = _("notices")
        ordering = ["-pk"]
        permissions = [("read_notice", "Can read their own notices")]
        constraints = [
            models.UniqueConstraint(
                fields=["kind", "key", "party"],
                condition=Q(party__isnull=False),
                name="told_once",
            ),
            models.UniqueConstraint(
                fields=["kind", "key", "post"],
                condition=Q(party__isnull=True),
                name="post_told_once",
            ),
            models.CheckConstraint(
                name="notice_has_somebody", condition=Q(party__isnull=False) | ~Q(post="")
            ),
        ]
        indexes = [
            models.Index(
                fields=["party", "-id"], name="notice_unread", condition=Q(read_at__isnull=True)
            ),
        ]

    def __str__(self) -> str:
        return f"N{self.pk:06d}"

    @property
    def stream(self) -> str:
        """Where its events are."""
        return f"notice:{self.pk}"

    @property
    def subject_id(self) -> int:
        """The row behind the subject: 12 of `order:12`."""
        return int(self.subject.partition(":")[2])

    @property
    def declared(self) -> NoticeKind:
        """Its kind. Raises KeyError for one that this release no longer tells."""
        return KINDS[self.kind]


class SendingQuerySet(models.QuerySet["NoticeSending"]):
    def visible_to(self, actor: Actor) -> SendingQuerySet:
        return self.filter(notice__in=Notice.objects.visible_to(actor))

    def locked(self) -> SendingQuerySet:
        return self.select_for_update(of=("self",), no_key=True).select_related(
            "notice__party__user", "notice__party__customer"
        )

    def written_since(self, instant: datetime) -> SendingQuerySet:
        """What the group robot has written, or may have."""
        return self.filter(channel=Channel.WECOM, begun_at__gt=instant)


class NoticeSending(models.Model):
    """One notice by one channel: what became of it, and why.

    No address and no text: both are looked up when it is sent. `attempts` is also the fence: who
    has lost it writes no outcome. A repeat is an attempt after one that ended without a word.
    """

    class Status(models.TextChoices):
        QUEUED = "queued", _("queued")
        HELD = "held", _("held for quiet hours")
        SENDING = "sending", _("being sent")
        SENT = "sent", _("sent")
        REFUSED = "refused", _("not sent")
        FAILED = "failed", _("failed")
        UNKNOWN = "unknown", _("outcome unknown")
        WITHDRAWN = "withdrawn", _("withdrawn")

    class Reason(models.TextChoices):
        NONE = "", ""
        NO_CONSENT = "no_consent", _("no consent for this purpose")
        NOT_WANTED = "not_wanted", _("does not want this channel")
        NO_ADDRESS = "no_address", _("has no e-mail address here")
        SUSPENDED = "suspended", _("mail came back from the address three times")
        LEFT = "left", _("no longer works here")
        NO_TEMPLATE = "no_template", _("the WeChat template is not set up")
        NO_QUOTA = "no_quota", _("has allowed no more messages")
        NOT_SUBSCRIBED = "not_subscribed", _("WeChat: the user allows no more messages")
        NOBODY = "nobody", _("nobody holds the post, nor any above it")
        VENDOR = "vendor", _("refused by the receiving side")
        UNSAFE = "unsafe", _("address or text would break the mail")
        STALE = "stale", _("could not be sent for a day")
        UNANSWERED = "unanswered", _("no answer: it may have arrived")
        SETTLED = "settled", _("no longer of interest")
        GONE = "gone", _("this kind of notice is no longer sent")

    TRANSITIONS: ClassVar[Transitions] = {
        "hold": ({Status.QUEUED, Status.SENDING}, Status.HELD),
        "release": ({Status.HELD}, Status.QUEUED),
        "begin": ({Status.QUEUED, Status.SENDING}, Status.SENDING),
        "put_back": ({Status.SENDING}, Status.QUEUED),
        "succeed": ({Status.SENDING}, Status.SENT),
        "refuse": ({Status.QUEUED, Status.HELD, Status.SENDING}, Status.REFUSED),
        "fail": ({Status.QUEUED, Status.SENDING}, Status.FAILED),
        "lose": ({Status.SENDING}, Status.UNKNOWN),
        "withdraw": ({Status.QUEUED, Status.HELD, Status.SENDING}, Status.WITHDRAWN),
        "resend": ({Status.FAILED, Status.UNKNOWN}, Status.QUEUED),
    }

    notice = models.ForeignKey(
        Notice, models.PROTECT, related_name="sendings", verbose_name=_("notice")
    )
    channel = models.CharField(_("channel"), max_length=10, choices=Channel.choices)
    status = models.CharField(
        _("state"), max_length=10, choices=Status.choices, default=Status.QUEUED
    )
    reason = models.CharField(
        _("why"), max_length=20, choices=Reason.choices, blank=True, default=Reason.NONE
    )
    code = models.CharField(_("vendor's code"), max_length=20, blank=True)
    attempts = models.PositiveIntegerField(_("attempts"), default=0)
    repeats = models.PositiveIntegerField(_("repeats"), default=0)
    took_quota = models.BooleanField(
        default=False, help_text="one of the customer's allowed messages is spoken for"
    )
    queued_at = models.DateTimeField(_("queued at"))
    release_at = models.DateTimeField(_("held until"), null=True)
    begun_at = models.DateTimeField(_("last begun at"), null=True)
    settled_at = models.DateTimeField(_("settled at"), null=True)

    objects = SendingQuerySet.as_manager()

    class Meta:
        verbose_name = _("sending")
        verbose_name_plural = _("sendings")
        ordering = ["pk"]
        permissions = [("resend_notice", "Can have a failed notice sent again")]
        constraints = [
            models.UniqueConstraint(fields=["notice", "channel"], name="one_sending_per_channel"),
            models.CheckConstraint(
                name="sending_status",
                condition=Q(status__in=["queued", "sending"], settled_at__isnull=True)
                | Q(status="held", settled_at__isnull=True, release_at__isnull=False)
                | Q(status="sent", settled_at__isnull=False)
                | Q(status__in=["refused", "failed", "unknown", "withdrawn"],
                    settled_at__isnull=False) & ~Q(reason=""),
            ),
            models.CheckConstraint(
                name="sending_repeats", condition=Q(repeats__lte=F("attempts"))
            ),
        ]  # fmt: skip
        indexes = [
            models.Index(
                fields=["begun_at"], name="group_minute", condition=Q(channel=Channel.WECOM)
            ),
        ]

    def __str__(self) -> str:
        return f"{self.notice} · {self.get_channel_display()}"

    @property
    def stream(self) -> str:
        """Where its events are: its own, so that no sending waits behind another."""
        return f"sending:{self.pk}"

    def has_waited(self, at: datetime, how_long: timedelta) -> bool:
        """Since it was queued, or last let go."""
        return at - max(self.queued_at, self.release_at or self.queued_at) >= how_long


class ConsentQuerySet(models.QuerySet["Consent"]):
    def in_force(self) -> ConsentQuerySet:
        return self.filter(withdrawn_at__isnull=True)


class Consent(models.Model):
    """A customer agreed to a purpose, in the words of one version, until they took it back."""

    customer = models.ForeignKey(Customer, models.CASCADE, related_name="consents")
    purpose = models.CharField(_("purpose"), max_length=20)
    version = models.PositiveIntegerField(_("version of the text"))
    text_hash = models.BinaryField(
        max_length=32, null=True, help_text="SHA-256 of the words they read; null: given before"
    )
    language = models.CharField(_("language"), max_length=10, blank=True)
    given_at = models.DateTimeField(_("given at"))
    given_by = models.CharField(_("given through"), max_length=10, blank=True)
    evidence = models.CharField(
        _("evidence"), max_length=32, blank=True, help_text="the request it came with"
    )
    withdrawn_at = models.DateTimeField(_("withdrawn at"), null=True)
    withdrawn_by = models.CharField(_("withdrawn through"), max_length=10, blank=True)
    withdrawal = models.CharField(
        _("evidence of the withdrawal"), max_length=32, blank=True, help_text="the request"
    )

    objects = ConsentQuerySet.as_manager()

    class Meta:
        verbose_name = _("consent")
        verbose_name_plural = _("consents")
        ordering = ["-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["customer", "purpose"],
                condition=Q(withdrawn_at__isnull=True),
                name="one_consent_in_force",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.purpose} v{self.version}"


class Wishes(models.Model):
    """How a person wants to be told. Whoever never said has none of these rows: the defaults."""

    class Language(models.TextChoices):
        CHINESE = "zh-hans", _("Chinese")
        ENGLISH = "en", _("English")

    party = models.OneToOneField(Party, models.CASCADE, related_name="wishes")
    mail = models.BooleanField(_("e-mail"), default=True)
    wechat = models.BooleanField(_("WeChat message"), default=True)
    language = models.CharField(
        _("language of mails"), max_length=10, choices=Language.choices, default=Language.CHINESE
    )
    quiet_begins = models.TimeField(_("do not disturb from"), null=True)
    quiet_ends = models.TimeField(_("until"), null=True)

    class Meta:
        verbose_name = _("notice preferences")
        verbose_name_plural = _("notice preferences")
        permissions = [("set_wishes", "Can choose how they are told")]
        constraints = [
            models.CheckConstraint(
                name="quiet_hours_have_two_ends",
                condition=Q(quiet_begins__isnull=True, quiet_ends__isnull=True)
                | Q(quiet_begins__isnull=False, quiet_ends__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"{self._meta.verbose_name} P{self.party_id}"

    @property
    def quiet(self) -> QuietHours | None:
        """Their own quiet hours; None: those of the business calendar."""
        if self.quiet_begins is None or self.quiet_ends is None:
            return None
        return QuietHours(self.quiet_begins, self.quiet_ends)

    def want(self, channel: str) -> bool:
        """The desk inbox and the group cannot be switched off."""
        return bool(getattr(self, channel, True))


class Allowance(models.Model):
    """How many more messages of a template a customer has allowed; each 'allow' is good for one."""

    customer = models.ForeignKey(Customer, models.CASCADE, related_name="allowances")
    template = models.CharField(_("template"), max_length=40)
    remaining = models.PositiveIntegerField(_("still allowed"))

    class Meta:
        verbose_name = _("allowed messages")
        verbose_name_plural = _("allowed messages")
        constraints = [
            models.UniqueConstraint(fields=["customer", "template"], name="one_allowance"),
            models.CheckConstraint(
                name="allowance_is_modest", condition=Q(remaining__lte=MOST_ALLOWED)
            ),
        ]

    def __str__(self) -> str:
        return f"{self.template} × {self.remaining}"


class MailAddressQuerySet(models.QuerySet["MailAddress"]):
    def visible_to(self, actor: Actor) -> MailAddressQuerySet:
        return self if actor.may("notices.view_mailaddress") else self.none()

    def locked(self) -> MailAddressQuerySet:
        return self.select_for_update(of=("self",), no_key=True)

    def suspended(self) -> MailAddressQuerySet:
        return self.filter(suspended_at__isnull=False)


class MailAddress(models.Model):
    """An address from which mail came back: how often since a person looked, and since when
    nothing is sent there. Another address of the same person is not affected."""

    user = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name=_("whose"))
    address = models.EmailField(_("e-mail address"))
    hard_bounces = models.PositiveIntegerField(_("came back"), default=0)
    suspended_at = models.DateTimeField(_("suspended since"), null=True)
    released_at = models.DateTimeField(_("address released at"), null=True)
    released_by = models.ForeignKey(
        User, models.PROTECT, null=True, related_name="+", verbose_name=_("address released by")
    )

    objects = MailAddressQuerySet.as_manager()

    class Meta:
        verbose_name = _("address that mail came back from")
        verbose_name_plural = _("addresses that mail came back from")
        ordering = ["-suspended_at", "pk"]
        permissions = [("release_address", "Can let mail go to a suspended address again")]
        constraints = [
            models.UniqueConstraint(fields=["user", "address"], name="address_counted_once"),
            models.CheckConstraint(
                name="suspended_for_a_reason",
                condition=Q(suspended_at=None) | Q(hard_bounces__gte=HARD_BOUNCES),
            ),
        ]

    def __str__(self) -> str:
        return str(self.user)

    @property
    def stream(self) -> str:
        """Where its events are."""
        return f"mail_address:{self.pk}"


class MailBounce(models.Model):
    """One mail that came back; the same report twice is one."""

    mail_address = models.ForeignKey(MailAddress, models.PROTECT, related_name="bounces")
    message_id = models.CharField(_("Message-ID"), max_length=200)
    status = models.CharField(_("status"), max_length=12, help_text="RFC 3463: 5.1.1")
    at = models.DateTimeField(_("at"))

    class Meta:
        verbose_name = _("mail that came back")
        verbose_name_plural = _("mails that came back")
        default_permissions = ()
        constraints = [
            models.UniqueConstraint(fields=["mail_address", "message_id"], name="came_back_once"),
        ]

    def __str__(self) -> str:
        return f"{self.message_id} {self.status}"
