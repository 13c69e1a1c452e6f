"""Reads over dated documents: what is in force, what has stopped, how each stands."""

from collections.abc import Iterable
from datetime import date
from typing import Any

from django.utils.translation import gettext as _

from shop.clock import today
from shop.papers import rules
from shop.papers.errors import PaperLapsed
from shop.papers.kinds import STOPS, PaperKind
from shop.papers.models import Paper


def has_lapsed(kind: PaperKind, subject: str, on: date) -> bool:
    """Whether there was one, and none is in force. What was never filed has not lapsed."""
    filed = Paper.objects.of(kind, subject).filter(valid_from__lte=on)
    return filed.exists() and not filed.in_force(on).exists()


def require_papers(step: str, row: Any) -> None:
    """Refuse a step whose document has lapsed (`kinds.lapses`). Raises PaperLapsed, naming it."""
    for stop in STOPS:
        if stop.step != step or not stop.concerns(row):
            continue
        if has_lapsed(stop.kind, stop.subject(row), today()):
            raise PaperLapsed(
                _("The %(kind)s has lapsed. File the next one first.") % {"kind": stop.kind.label}
            )


def lasting(papers: Iterable[Paper]) -> Paper | None:
    """The one that ends last; of equals the newest."""
    return max(papers, key=lambda paper: (paper.valid_until or date.max, paper.pk), default=None)


def standing_of(paper: Paper, on: date) -> str:
    """How it stands on a day (`rules.standing`)."""
    return standing_beside(Paper.objects.beside_the_last().get(pk=paper.pk), on)


def standing_beside(paper: Any, on: date) -> str:
    """The same for one that was read `beside_the_last`: no query."""
    is_withdrawn = paper.withdrawn_at is not None
    has_successor = paper.last_id not in (None, paper.pk)
    return rules.standing(paper.valid_from, paper.valid_until, is_withdrawn, has_successor, on)
