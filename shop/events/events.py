"""What the event machinery itself announces."""

from dataclasses import dataclass

from django.utils.translation import gettext_lazy as _

from shop.events.outbox import Event


@dataclass(frozen=True)
class MessageReceived(Event):
    """A verified message from outside is stored and owed its application."""

    stream_kind = "message"
    label = _("message received")
    message_id: int
    source: str


@dataclass(frozen=True)
class MessageContradicted(Event):
    """A sender used a number again for another body: nothing was changed, people must look."""

    stream_kind = "message"
    label = _("message contradicts an earlier one")
    message_id: int
    source: str


@dataclass(frozen=True)
class DeliveryParked(Event):
    """A reaction failed for good, or for three days: later ones of its subject wait behind it.

    `about` is the stream of the fact that it was owed to.
    """

    stream_kind = "delivery"
    label = _("delivery parked")
    delivery_id: int
    reaction: str
    about: str
