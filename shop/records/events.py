"""What records announce."""

from dataclasses import dataclass

from django.utils.translation import gettext_lazy as _

from shop.events.outbox import Event


@dataclass(frozen=True)
class HeadAnchored(Event):
    """The chain's head was written down outside the database: what came before is fixed."""

    stream_kind = "chain"
    label = _("chain anchored")
    batch: int
    head: str


@dataclass(frozen=True)
class ChainBroken(Event):
    """A verification found rows that are not as they were sealed."""

    stream_kind = "verification"
    label = _("audit chain broken")
    verification_id: int
    breaks: int


@dataclass(frozen=True)
class PolicyPublished(Event):
    """A version of a policy is fixed for ever and takes effect on its day (ST14)."""

    stream_kind = "policy"
    label = _("policy published")
    policy_id: int
    version_id: int
    number: int


@dataclass(frozen=True)
class ChannelRegistered(Event):
    """There is a new way of selling."""

    stream_kind = "channel"
    label = _("channel registered")
    channel: str
    kind: str


@dataclass(frozen=True)
class ChannelClosed(Event):
    """A way of selling takes no more orders."""

    stream_kind = "channel"
    label = _("channel closed")
    channel: str


@dataclass(frozen=True)
class ChannelReopened(Event):
    """A way of selling takes orders again."""

    stream_kind = "channel"
    label = _("channel opened again")
    channel: str


@dataclass(frozen=True)
class FileKept(Event):
    """A file was checked and kept for a purpose; `size` is in bytes."""

    stream_kind = "file"
    label = _("file kept")
    file_id: int
    purpose: str
    size: int


@dataclass(frozen=True)
class FileRemoved(Event):
    """A file's content and name are gone; `why` is a code of `StoredFile.Gone`."""

    stream_kind = "file"
    label = _("file removed")
    file_id: int
    why: str
