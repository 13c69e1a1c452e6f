"""Whom a notice reaches, what stands in its way, when it may go out."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.conf import settings

from shop.identity.actors import Actor
from shop.identity.models import Customer, Party, User
from shop.notices.kinds import KINDS, PURPOSES, Audience, Channel, NoticeKind, Purpose
from shop.notices.models import (
    Allowance,
    Consent,
    MailAddress,
    Notice,
    NoticeQuerySet,
    NoticeSending,
    Wishes,
)
from shop.notices.rules import CUSTOMERS_NIGHT, masked_mail
from shop.timing.models import Calendar
from shop.work.selectors import first_held, holders_of

Recipient = User | Customer | str
"""Somebody, or the code of a post: whoever holds it."""

Reason = NoticeSending.Reason


@dataclass(frozen=True)
class Addressee:
    """One who is told, and by which channels. Without a party: the post's group, or nobody."""

    party_id: int | None
    post: str
    stands_in: bool
    channels: tuple[Channel, ...]


def addressees(kind: NoticeKind, to: Recipient) -> list[Addressee]:
    """Raises ValueError for a recipient that the kind is not for."""
    if (kind.audience == Audience.CUSTOMER) != isinstance(to, Customer):
        raise ValueError(f"{kind.code} is for {kind.audience}")
    if isinstance(to, str):
        return _of_post(kind, to)
    if to.party_id is None:
        raise ValueError(f"{to} is no party: nothing can be kept for them")
    return [Addressee(to.party_id, "", False, _personal(kind))]


def _of_post(kind: NoticeKind, post: str) -> list[Addressee]:
    """Its holders, or those of the next post above it that has some; and its group."""
    holder = first_held(post)
    known = holders_of(holder).filter(party__isnull=False)
    people = [Addressee(user.party_id, post, holder != post, _personal(kind)) for user in known]
    group = [Channel.WECOM] if Channel.WECOM in kind.channels and settings.WECOM_ROBOT_URL else []
    nobody = [] if people else [kind.channels[0]]
    if shared := tuple(dict.fromkeys([*nobody, *group])):
        people.append(Addressee(None, post, False, shared))
    return people


def _personal(kind: NoticeKind) -> tuple[Channel, ...]:
    return tuple(channel for channel in kind.channels if channel != Channel.WECOM)


def wishes_of(party_id: int | None) -> Wishes:
    """What the person chose, or the defaults, unsaved."""
    if party_id is None:
        return Wishes()
    return Wishes.objects.filter(party_id=party_id).first() or Wishes(party_id=party_id)


def consents_of(customer: Customer) -> dict[str, Consent]:
    """Purpose → the consent in force."""
    given = Consent.objects.in_force().filter(customer=customer)
    return {consent.purpose: consent for consent in given}


def has_agreed(customer: Customer, kind: NoticeKind) -> bool:
    """To this purpose in its present words; without a purpose nothing need be agreed to."""
    return kind.purpose is None or consent_to(customer, kind.purpose) is not None


def consent_to(customer: Customer, purpose: Purpose) -> Consent | None:
    """The consent that holds now: given, not withdrawn, and to the present words.

    Whatever is optional asks this each time, so a withdrawal acts at once.
    """
    consent = consents_of(customer).get(purpose.code)
    is_present = consent is not None and consent.version == PURPOSES[purpose.code].version
    return consent if is_present else None


def obstacle(sending: NoticeSending) -> str:
    """Why this may not be sent, as things are now; empty when nothing stands in its way."""
    notice, channel = sending.notice, sending.channel
    kind = KINDS.get(notice.kind)
    if kind is None:
        return Reason.GONE
    if notice.party is None:
        return "" if channel == Channel.WECOM else Reason.NOBODY
    if not wishes_of(notice.party.pk).want(channel):
        return Reason.NOT_WANTED
    if kind.audience == Audience.CUSTOMER:
        return _customers_obstacle(sending, kind, notice.party.customer)
    return _staffs_obstacle(channel, notice.party.user)


def _staffs_obstacle(channel: str, user: User) -> str:
    if not user.is_active:
        return Reason.LEFT
    if channel == Channel.MAIL and not user.email:
        return Reason.NO_ADDRESS
    return Reason.SUSPENDED if channel == Channel.MAIL and is_suspended(user) else ""


def is_suspended(user: User) -> bool:
    """Whether mail came back from the person's address so often that nothing is sent there."""
    return MailAddress.objects.suspended().filter(user=user, address=user.email).exists()


def _customers_obstacle(sending: NoticeSending, kind: NoticeKind, customer: Customer) -> str:
    if not has_agreed(customer, kind):
        return Reason.NO_CONSENT
    if sending.channel != Channel.WECHAT or kind.template is None:
        return ""
    if kind.template.name not in settings.WECHAT_TEMPLATES:
        return Reason.NO_TEMPLATE
    if not sending.took_quota and not _has_allowance(customer, kind.template.name):
        return Reason.NO_QUOTA
    return ""


def _has_allowance(customer: Customer, template: str) -> bool:
    allowed = Allowance.objects.filter(customer=customer, template=template, remaining__gt=0)
    return allowed.exists()


def opening(sending: NoticeSending, at: datetime) -> datetime:
    """The first instant from `at` on at which the recipient may be disturbed by this."""
    notice = sending.notice
    if notice.declared.is_urgent or sending.channel == Channel.DESK:
        return at
    if notice.declared.audience == Audience.CUSTOMER:
        return CUSTOMERS_NIGHT.opening(at)
    own = wishes_of(notice.party_id).quiet if notice.party_id else None
    return own.opening(at) if own else _working_time(at)


def address_of(sending: NoticeSending) -> str:
    """Where it went, masked: enough for its owner to recognise."""
    party = sending.notice.party
    if sending.channel != Channel.MAIL or party is None:
        return ""
    return masked_mail(party.user.email)


def _working_time(at: datetime) -> datetime:
    """By the shop's calendar, holidays and make-up workdays included; without one, at once."""
    calendar = Calendar.objects.filter(code="shop").first()
    return calendar.current().hours().next_opening(at) if calendar else at


def inbox(party_id: int | None) -> NoticeQuerySet:
    """One person's notices, the newest first."""
    return Notice.objects.of(party_id).order_by("-pk")


def unread_count(actor: Actor) -> int:
    """What waits to be read by whoever is signed in."""
    return inbox(actor.user.party_id).unread().count() if actor.user else 0


def name_of(party: Party) -> str:
    """As the log calls them: staff by name, customers by what they call themselves."""
    person = getattr(party, "user", None) or getattr(party, "customer", None)
    return str(person or party)
