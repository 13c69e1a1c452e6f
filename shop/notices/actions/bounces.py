"""Mail that came back: counted, its address suspended after the third, released by a person."""

import re

from django.db import transaction

from shop.clock import now
from shop.errors import IllegalTransition
from shop.events.outbox import publish
from shop.identity.actors import Actor
from shop.identity.models import User
from shop.notices.events import AddressReleased, AddressSuspended, MailCameBack
from shop.notices.kinds import ADDRESS_SUSPENDED
from shop.notices.models import MailAddress, MailBounce, NoticeSending
from shop.notices.rules import HARD_BOUNCES
from shop.work.actions.items import Matter, open_item, settle_items

OF_THE_ADDRESS = Actor.system("mail came back")
NOTICE = re.compile(r"notice\.(\d{1,18})@")
REPORT = re.compile(r"kpi-\d{1,18}-(\d{1,18})@")


def record_bounce(message_id: str, address: str, status: str, *, by: Actor) -> bool:
    """Count a mail of ours that came back for good; at the third the address is suspended, which
    is work for HR. False for a repeat, and for what we never sent there: nothing changes.
    """
    by.require("notices.record_bounce")
    user = _sent_to(message_id, address)
    if user is None:
        return False
    with transaction.atomic():
        MailAddress.objects.get_or_create(user=user, address=user.email)
        held = MailAddress.objects.locked().get(user=user, address=user.email)
        _bounce, is_new = MailBounce.objects.get_or_create(
            mail_address=held, message_id=message_id, defaults={"status": status, "at": now()}
        )
        if not is_new:
            return False
        held.hard_bounces += 1
        publish(MailCameBack(held.pk, status, held.hard_bounces), by=by)
        if held.suspended_at is None and held.hard_bounces >= HARD_BOUNCES:
            _suspend(held)
        held.save()
    return True


def _sent_to(message_id: str, address: str) -> User | None:
    """Whom of the staff we sent it, by its own number: anybody can write a report."""
    user = User.objects.filter(email__iexact=address).exclude(email="").first()
    if user is None:
        return None
    if report := REPORT.match(message_id):
        return user if int(report[1]) == user.pk else None
    notice = NOTICE.match(message_id)
    sent = NoticeSending.objects.filter(pk=int(notice[1]) if notice else 0)
    return user if sent.filter(notice__party=user.party_id).exists() else None


def _suspend(held: MailAddress) -> None:
    held.suspended_at, held.released_at, held.released_by = now(), None, None
    publish(AddressSuspended(held.pk, held.user_id), by=OF_THE_ADDRESS)
    matter = Matter(held.stream, figures={"user": held.user_id})
    open_item(ADDRESS_SUSPENDED, matter, by=OF_THE_ADDRESS)


def release_address(address: MailAddress, *, by: Actor) -> MailAddress:
    """Let mail go there again: somebody has asked its owner. It is counted anew.

    Raises IllegalTransition for one that is not suspended.
    """
    by.require("notices.release_address")
    with transaction.atomic():
        held = MailAddress.objects.locked().get(pk=address.pk)
        if held.suspended_at is None:
            raise IllegalTransition
        held.suspended_at, held.hard_bounces = None, 0
        held.released_at, held.released_by = now(), by.user
        held.save()
        publish(AddressReleased(held.pk, held.user_id), by=by)
        settle_items(ADDRESS_SUSPENDED, held.stream, by=OF_THE_ADDRESS)
    return held
