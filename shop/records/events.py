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
