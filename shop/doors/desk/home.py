"""My desk: the queues I work down, then the ones I may look at."""

from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext as _

from shop.doors.desk.queues import QUEUES, Glance, Length, Queue, fingerprint, length_of
from shop.doors.desk.rows import actor_of
from shop.doors.desk.words import words
from shop.doors.desk.work import tally
from shop.identity.actors import Actor
from shop.identity.roles import Role

MOST_SHOWN = 8
LANDINGS: dict[str, tuple[str, str]] = {}
"""Desks that are no queue: code → (permission, name of its page). Chapters register theirs."""


@dataclass(frozen=True)
class Card:
    """A queue in short, as one person meets it."""

    queue: Queue
    length: Length
    is_work: bool


@dataclass(frozen=True)
class Home:
    """The live part of somebody's home: the cards of their queues, and their own work."""

    cards: list[Card]
    work: Glance

    @classmethod
    def of(cls, actor: Actor) -> "Home":
        return cls(cards_for(actor), Glance.at(QUEUES["work"], actor))

    @property
    def etag(self) -> str:
        counts = [(card.queue.code, card.length) for card in self.cards]
        return fingerprint(f"{counts} {self.work.etag}")

    def context(self) -> dict[str, Any]:
        lines = self.work.lines()
        return {
            "cards": self.cards,
            "queue": self.work.queue,
            "glance": self.work,
            "lines": lines[:MOST_SHOWN],
            "more": max(0, self.work.length.count - MOST_SHOWN),
            "tally": tally([line.row for line in lines]),
        }


def cards_for(actor: Actor) -> list[Card]:
    """One query per queue the actor may see; what they work on comes first."""
    cards = [
        Card(queue, length_of(queue.rows(), queue.since), queue.is_work_of(actor))
        for queue in QUEUES.values()
        if actor.may(queue.permission) and queue.is_card
    ]
    return sorted(cards, key=lambda card: not card.is_work)


def desk_of(actor: Actor) -> str:
    """The page a person lands on: the desk of their first post that has one, else home."""
    for role in posts_of(actor):
        queue = QUEUES.get(role.desk)
        if queue is not None and actor.may(queue.permission):
            return queue.address
        permission, page = LANDINGS.get(role.desk, ("", ""))
        if page and actor.may(permission):
            return reverse(page)
    return reverse("admin:index")


def posts_of(actor: Actor) -> list[Role]:
    return actor.user.roles if actor.user else []


def dashboard(request: HttpRequest, context: dict[str, Any]) -> dict[str, Any]:
    """Unfold's DASHBOARD_CALLBACK: what the home page shows."""
    actor = actor_of(request)
    return {
        **context,
        "title": _("My desk"),
        "roles": posts_of(actor),
        **Home.of(actor).context(),
        "words": words(),
    }
