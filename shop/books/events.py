"""What the books announce."""

from dataclasses import dataclass

from django.utils.translation import gettext_lazy as _

from shop.events.outbox import Event


@dataclass(frozen=True)
class JournalReversed(Event):
    """Somebody took a journal back by posting its opposite, and said why."""

    stream_kind = "journal"
    label = _("journal reversed")
    journal_id: int
    by_journal_id: int
    why: str
