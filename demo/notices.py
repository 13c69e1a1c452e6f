"""Notices of the demo's past: who wished to be told, and what was sent then, was sent."""

from collections.abc import Iterator
from contextlib import contextmanager
from random import Random

from django.conf import settings

from analytics.kinds import STATISTICS
from shop.identity.actors import Actor
from shop.identity.models import Customer
from shop.notices.actions.preferences import Answer, allow_messages, answer_consent
from shop.notices.flows import SEND
from shop.notices.kinds import REMINDERS
from shop.notices.models import NoticeSending

ALLOWING_SHARE = 0.35  # of those who pay: they tap 'allow' in WeChat's question
AGREEING_SHARE = 0.4  # of those who arrive: they want to be reminded
COUNTED_SHARE = 0.9  # of those who arrive: they may be counted
ASKED_FOR = ("order_paid", "order_shipped")


def answer_consents(customer: Customer, dice: Random) -> None:
    """On arrival, when the mini-program asks."""
    by = Actor.shopper(customer)
    for purpose, share in ((REMINDERS, AGREEING_SHARE), (STATISTICS, COUNTED_SHARE)):
        if dice.random() < share:
            answer_consent(customer, Answer(purpose.code, purpose.version, is_given=True), by=by)


def allow_some(customer: Customer, dice: Random) -> None:
    """On paying, when WeChat asks; without templates there is nothing to ask for."""
    if dice.random() < ALLOWING_SHARE and settings.WECHAT_TEMPLATES:
        wanted = [settings.WECHAT_TEMPLATES[name] for name in ASKED_FOR]
        allow_messages(customer, wanted, by=Actor.shopper(customer))


@contextmanager
def sent_long_ago() -> Iterator[None]:
    """Within the block every message counts as sent: nobody is told today of last week's news."""
    vendors = dict(SEND)
    SEND.update(dict.fromkeys(SEND, as_it_was))
    try:
        yield
    finally:
        SEND.update(vendors)


def as_it_was(sending: NoticeSending) -> None:
    """It went out at the time."""
