"""Telling somebody of something, once."""

from collections.abc import Mapping
from dataclasses import dataclass

from django.db import transaction

from shop.clock import now
from shop.identity.actors import Actor
from shop.notices.actions.queue import open_sending
from shop.notices.kinds import NoticeKind
from shop.notices.models import Notice
from shop.notices.selectors import Addressee, Recipient, addressees


@dataclass(frozen=True)
class Fact:
    """What there is to know: about which subject (`order:12`), with which figures.

    `key` tells one fact from the next of the same subject (`parcel:7`); the subject by itself
    unless it says otherwise. No personal data: ids and figures.
    """

    subject: str
    figures: Mapping[str, object] | None = None
    key: str = ""


def send_notice(kind: NoticeKind, to: Recipient, fact: Fact, *, by: Actor) -> list[Notice]:
    """Tell a person, a customer or a post of this fact, by every channel of its kind.

    Each person hears of a fact once, however often it is repeated. A post that nobody holds is
    heard by the next above it; when there is none either, that is kept and shown. What may not be
    sent is refused with its reason, what must wait is held. Returns what is new.
    """
    by.require("notices.send_notice")
    with transaction.atomic():
        told = [_told(kind, someone, fact, by) for someone in addressees(kind, to)]
    return [notice for notice in told if notice is not None]


def _told(kind: NoticeKind, someone: Addressee, fact: Fact, by: Actor) -> Notice | None:
    who: dict[str, object] = {"party_id": someone.party_id}
    post = {"post": someone.post}
    notice, is_new = Notice.objects.get_or_create(
        kind=kind.code,
        key=fact.key or fact.subject,
        **(who if someone.party_id else who | post),
        defaults={
            **post,
            "stands_in": someone.stands_in,
            "subject": fact.subject,
            "figures": dict(fact.figures or {}),
            "raised_at": now(),
        },
    )
    if not is_new:
        return None
    for channel in someone.channels:
        open_sending(notice, channel, by=by)
    return notice
