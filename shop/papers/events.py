"""What happens to dated documents."""

from dataclasses import dataclass

from django.utils.translation import gettext_lazy as _

from shop.events.outbox import Event


@dataclass(frozen=True)
class PaperFiled(Event):
    """A licence, contract or certificate is kept, with its days (ISO; `until` empty: no end)."""

    stream_kind = "paper"
    label = _("document filed")
    paper_id: int
    kind: str
    subject: str
    until: str


@dataclass(frozen=True)
class PaperEnding(Event):
    """So many days are left of it, and nothing that lasts longer is filed."""

    stream_kind = "paper"
    label = _("document ends soon")
    paper_id: int
    days: int


@dataclass(frozen=True)
class PaperRanOut(Event):
    """Its last day is over, and nothing follows it: what depends on it has stopped."""

    stream_kind = "paper"
    label = _("document lapsed")
    paper_id: int
    kind: str
    subject: str


@dataclass(frozen=True)
class PaperWithdrawn(Event):
    """It does not count any more: revoked, ended early, or filed by mistake."""

    stream_kind = "paper"
    label = _("document withdrawn")
    paper_id: int
    kind: str
    subject: str
