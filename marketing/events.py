"""What marketing announces."""

from dataclasses import dataclass

from django.utils.translation import gettext_lazy as _

from shop.events.outbox import Event


@dataclass(frozen=True)
class MembershipJoined(Event):
    """A customer became a member: member prices apply from now on."""

    stream_kind = "customer"
    label = _("became a member")
    customer_id: int
