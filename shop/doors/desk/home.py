"""My desk: the queues I work down, then the ones I may look at."""

from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext as _

from shop.doors.desk.queues import QUEUES, Length, Queue, length_of
from shop.doors.desk.words import words
from shop.identity.actors import Actor
from shop.identity.models import User

HOME = "home"


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


def desk_of(user: User) -> str:
    """The page a person lands on: the desk of their first post that has one, else home."""
    actor = Actor.staff(user)
    for role in user.roles:
        queue = QUEUES.get(role.desk)
        if queue is not None and actor.may(queue.permission):
            return queue.address
    return reverse("admin:index")


def dashboard(request: HttpRequest, context: dict[str, Any]) -> dict[str, Any]:
    """Unfold's DASHBOARD_CALLBACK: what the home page shows."""
    return {
        **context,
        "title": _("My desk"),
        "roles": request.user.roles,
        "cards": cards_for(Actor.staff(request.user)),
        "words": words(),
    }
