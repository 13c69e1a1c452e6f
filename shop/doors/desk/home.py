"""My desk: the queues I work down, then the ones I may look at."""

from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext as _

from shop.doors.desk.queues import QUEUES, Length, Queue, length_of
from shop.doors.desk.rows import actor_of
from shop.doors.desk.words import words
from shop.identity.actors import Actor
from shop.identity.roles import Role


@dataclass(frozen=True)
class Card:
    """A queue in short, as one person meets it."""

    queue: Queue
    length: Length
    is_work: bool


def cards_for(actor: Actor) -> list[Card]:
    """One query per queue the actor may see; what they work on comes first."""
    cards = [
        Card(queue, length_of(queue.rows(), queue.since), queue.is_work_of(actor))
        for queue in QUEUES.values()
        if actor.may(queue.permission)
    ]
    return sorted(cards, key=lambda card: not card.is_work)


def desk_of(actor: Actor) -> str:
    """The page a person lands on: the desk of their first post that has one, else home."""
    for role in posts_of(actor):
        queue = QUEUES.get(role.desk)
        if queue is not None and actor.may(queue.permission):
            return queue.address
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
        "cards": cards_for(actor),
        "words": words(),
    }
