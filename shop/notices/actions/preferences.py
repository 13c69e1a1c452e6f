"""What people agree to, which channels they want, and when they are left alone."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import time

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import transaction
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from shop.clock import now
from shop.errors import InvalidValue, NotAllowed
from shop.events.outbox import publish
from shop.identity.actors import Actor
from shop.identity.models import Customer, User
from shop.notices.errors import ConsentOutdated
from shop.notices.events import (
    ChannelWished,
    ConsentGiven,
    ConsentWithdrawn,
    MessagesAllowed,
    WishesChanged,
)
from shop.notices.kinds import PURPOSES, Channel
from shop.notices.models import Allowance, Consent, Wishes
from shop.notices.rules import MOST_ACCEPTED, MOST_ALLOWED
from shop.notices.selectors import consents_of, wishes_of
from shop.records.trail import CALL


@dataclass(frozen=True)
class Answer:
    """What a customer says to one purpose, having read this version of its text."""

    purpose: str
    version: int
    is_given: bool


def set_preferences(
    customer: Customer, answers: Iterable[Answer], wants_wechat: bool, *, by: Actor
) -> None:
    """Keep the customer's consents and their wish about WeChat messages; each change is a fact.

    What is not answered stays. Raises ConsentOutdated, InvalidValue; then nothing has changed.
    """
    by.require("notices.set_preferences", owner=customer.pk)
    with transaction.atomic():
        Customer.objects.select_for_update(no_key=True).get(pk=customer.pk)
        for answer in answers:
            _answer(customer, answer, by)
        _wish(customer, wants_wechat, by)


def answer_consent(customer: Customer, answer: Answer, *, by: Actor) -> None:
    """Keep a yes with the words it was said to, or a no, which holds from this moment on.

    Repeating changes nothing. Raises ConsentOutdated for a yes to other than the present words,
    InvalidValue.
    """
    by.require("notices.set_preferences", owner=customer.pk)
    with transaction.atomic():
        Customer.objects.select_for_update(no_key=True).get(pk=customer.pk)
        _answer(customer, answer, by)


def _answer(customer: Customer, answer: Answer, by: Actor) -> None:
    purpose = PURPOSES.get(answer.purpose)
    if purpose is None:
        raise InvalidValue(fields={"purposes": [_("This purpose is not known here.")]})
    given = consents_of(customer).get(purpose.code)
    if not answer.is_given:
        if given is not None:
            _withdraw(given, by)
        return
    if answer.version != purpose.version:
        raise ConsentOutdated
    if given is None or given.version != purpose.version:
        if given is not None:
            _withdraw(given, by)
        _give(customer, answer, by)


def _give(customer: Customer, answer: Answer, by: Actor) -> None:
    Consent.objects.create(
        customer=customer,
        purpose=answer.purpose,
        version=answer.version,
        text_hash=PURPOSES[answer.purpose].text_hash,
        language=get_language() or "",
        given_at=now(),
        given_by=by.door,
        evidence=CALL.get().request_id,
    )
    publish(ConsentGiven(customer.pk, answer.purpose, answer.version), by=by)


def _withdraw(consent: Consent, by: Actor) -> None:
    consent.withdrawn_at, consent.withdrawn_by = now(), by.door
    consent.withdrawal = CALL.get().request_id
    consent.save(update_fields=["withdrawn_at", "withdrawn_by", "withdrawal"])
    publish(ConsentWithdrawn(consent.customer_id, consent.purpose), by=by)


def _wish(customer: Customer, wants_wechat: bool, by: Actor) -> None:
    wishes = wishes_of(customer.party_id)
    if wishes.wechat == wants_wechat:
        return
    wishes.wechat = wants_wechat
    wishes.save()
    publish(ChannelWished(customer.pk, Channel.WECHAT, wants_wechat), by=by)


def allow_messages(customer: Customer, template_ids: Sequence[str], *, by: Actor) -> dict[str, int]:
    """The customer tapped 'allow' in wx.requestSubscribeMessage: one message more of each.

    Returns template → messages in hand. WeChat has the last word: its 43101 sets us right. Raises
    InvalidValue for more than three, or an id that is none of ours.
    """
    by.require("notices.allow_messages", owner=customer.pk)
    names = _names_of(template_ids)
    with transaction.atomic():
        Customer.objects.select_for_update(no_key=True).get(pk=customer.pk)
        allowed = {name: _one_more(customer, name) for name in names}
        publish(MessagesAllowed(customer.pk, names), by=by)
    return allowed


def _names_of(template_ids: Sequence[str]) -> list[str]:
    ours = {identity: name for name, identity in settings.WECHAT_TEMPLATES.items()}
    if not 0 < len(set(template_ids)) <= MOST_ACCEPTED:
        raise InvalidValue(
            fields={"accepted": [_("Send from one to %d template ids.") % MOST_ACCEPTED]}
        )
    if set(template_ids) - ours.keys():
        raise InvalidValue(fields={"accepted": [_("This template is not one of ours.")]})
    return sorted({ours[identity] for identity in template_ids})


def _one_more(customer: Customer, template: str) -> int:
    allowance, _is_new = Allowance.objects.get_or_create(
        customer=customer, template=template, defaults={"remaining": 0}
    )
    allowance.remaining = min(allowance.remaining + 1, MOST_ALLOWED)
    allowance.save(update_fields=["remaining"])
    return allowance.remaining


@dataclass(frozen=True)
class Choice:
    """How a member of staff wants to be told. Without quiet hours the business calendar's hold."""

    email: str
    mail: bool
    language: str
    quiet_begins: time | None = None
    quiet_ends: time | None = None


def set_wishes(user: User, choice: Choice, *, by: Actor) -> Wishes:
    """Keep somebody's own choice; nobody chooses for others. Raises InvalidValue by field."""
    by.require("notices.set_wishes")
    if user.party_id is None or (by.user is not None and by.user.pk != user.pk):
        raise NotAllowed
    _require_valid(choice)
    with transaction.atomic():
        User.objects.filter(pk=user.pk).update(email=choice.email)
        wishes, _is_new = Wishes.objects.update_or_create(
            party_id=user.party_id,
            defaults={
                "mail": choice.mail,
                "language": choice.language,
                "quiet_begins": choice.quiet_begins,
                "quiet_ends": choice.quiet_ends,
            },
        )
        publish(WishesChanged(user.pk), by=by)
    return wishes


def _require_valid(choice: Choice) -> None:
    if (choice.quiet_begins is None) != (choice.quiet_ends is None):
        raise InvalidValue(fields={"quiet_ends": [_("Quiet hours have a beginning and an end.")]})
    if choice.language not in Wishes.Language.values:
        raise InvalidValue(fields={"language": [_("Choose a language.")]})
    if choice.email:
        try:
            validate_email(choice.email)
        except ValidationError as error:
            raise InvalidValue(fields={"email": [_("Enter an e-mail address.")]}) from error
