"""The desk inbox: what its owner has read."""

from django.db import transaction

from shop.clock import now
from shop.identity.actors import Actor
from shop.identity.models import User
from shop.notices.errors import NotYourNotice
from shop.notices.models import Notice


def read_notice(notice: Notice, *, by: Actor) -> Notice:
    """Its recipient has taken note; a second time changes nothing. Raises NotYourNotice."""
    by.require("notices.read_notice")
    if by.user is None or notice.party_id is None or by.user.party_id != notice.party_id:
        raise NotYourNotice
    with transaction.atomic():
        Notice.objects.unread().filter(pk=notice.pk).update(read_at=now())
        notice.refresh_from_db()
    return notice


def read_all_notices(user: User, *, by: Actor) -> int:
    """Take note of everything in one's inbox; how many there were."""
    by.require("notices.read_notice")
    if by.user is None or by.user.pk != user.pk:
        raise NotYourNotice
    unread = Notice.objects.of(user.party_id).unread().values("pk")
    return Notice.objects.filter(pk__in=unread).update(read_at=now())
