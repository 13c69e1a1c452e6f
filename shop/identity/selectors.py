"""Reads over people."""

from django.contrib.auth import SESSION_KEY
from django.contrib.sessions.models import Session

from shop.clock import now
from shop.identity.models import User


def sessions_of(user: User) -> list[Session]:
    """The living sign-ins of this member of staff. Staff alone have sessions, and few at a time:
    what a session holds is signed, not indexed, so each is opened."""
    living = Session.objects.filter(expire_date__gt=now())
    return [one for one in living if one.get_decoded().get(SESSION_KEY) == str(user.pk)]
