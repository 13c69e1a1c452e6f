"""What telling announces. What is queued for a channel is an event, so that its lane carries it."""

from dataclasses import dataclass

from django.utils.translation import gettext_lazy as _

from shop.events.outbox import Event


@dataclass(frozen=True)
class MailQueued(Event):
    """A notice shall go out by e-mail."""

    stream_kind = "sending"
    label = _("e-mail queued")
    sending_id: int


@dataclass(frozen=True)
class WechatMessageQueued(Event):
    """A notice shall go out as a subscribe message."""

    stream_kind = "sending"
    label = _("WeChat message queued")
    sending_id: int


@dataclass(frozen=True)
class GroupMessageQueued(Event):
    """A notice shall be written into the staff's WeCom group."""

    stream_kind = "sending"
    label = _("group message queued")
    sending_id: int


@dataclass(frozen=True)
class NoticeResent(Event):
    """Somebody had a notice sent again that had failed, or of which nobody knew."""

    stream_kind = "notice"
    label = _("notice sent again")
    notice_id: int
    channel: str


@dataclass(frozen=True)
class ConsentGiven(Event):
    """A customer agreed to a purpose, in the text of this version (PIPL art. 14)."""

    stream_kind = "customer"
    label = _("consent given")
    customer_id: int
    purpose: str
    version: int


@dataclass(frozen=True)
class ConsentWithdrawn(Event):
    """A customer took their consent back; from now on it is as if never given (PIPL art. 15)."""

    stream_kind = "customer"
    label = _("consent withdrawn")
    customer_id: int
    purpose: str


@dataclass(frozen=True)
class ChannelWished(Event):
    """A customer wants to be told by this channel, or no longer."""

    stream_kind = "customer"
    label = _("wish about a channel")
    customer_id: int
    channel: str
    wanted: bool


@dataclass(frozen=True)
class MessagesAllowed(Event):
    """A customer tapped 'allow' for some templates: one message each."""

    stream_kind = "customer"
    label = _("messages allowed")
    customer_id: int
    templates: list[str]


@dataclass(frozen=True)
class WishesChanged(Event):
    """A member of staff chose how to be told, and when not."""

    stream_kind = "user"
    label = _("notice preferences changed")
    user_id: int


@dataclass(frozen=True)
class MailCameBack(Event):
    """A mail came back for good from an address; `count` since a person looked last."""

    stream_kind = "mail_address"
    label = _("mail came back")
    address_id: int
    status: str
    count: int


@dataclass(frozen=True)
class AddressSuspended(Event):
    """So many came back that nothing is sent there until a person has looked."""

    stream_kind = "mail_address"
    label = _("address suspended")
    address_id: int
    user_id: int


@dataclass(frozen=True)
class AddressReleased(Event):
    """A person has looked: mail goes there again."""

    stream_kind = "mail_address"
    label = _("address released")
    address_id: int
    user_id: int
