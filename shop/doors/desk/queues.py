"""What waits for a role: a queue that its people work down, the longest-waiting first."""

import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Count, Min, Model, QuerySet
from django.urls import reverse
from django.utils.translation import get_language

from shop.doors.desk.buttons import Button
from shop.errors import Text
from shop.identity.actors import Actor

MOST_ROWS = 50
QUEUES: dict[str, "Queue"] = {}


def nothing_more(rows: Sequence[Any]) -> Mapping[int, Mapping[str, Any]]:
    return {}


@dataclass(frozen=True)
class Queue:
    """A queue of rows. `since` names the column a row waits from, `watched` those that change.

    `about` gives each row (by primary key) what its template needs beyond itself, in a number
    of queries that does not grow with the rows. `patience` is how long a row may wait before
    its age is shown in amber; after twice that in red.
    """

    code: str
    title: Text
    purpose: Text
    empty: Text
    icon: str
    rows: Callable[[], QuerySet[Any]]
    find: Callable[[QuerySet[Any], str], QuerySet[Any]]
    since: str
    watched: tuple[str, ...]
    template: str
    permission: str
    buttons: tuple[Button, ...]
    search_hint: Text
    patience: timedelta
    about: Callable[[Sequence[Any]], Mapping[int, Mapping[str, Any]]] = nothing_more
    remembers: tuple[str, ...] = field(default=())

    @property
    def address(self) -> str:
        return reverse("desk:queue", args=[self.code])

    def is_work_of(self, actor: Actor) -> bool:
        """Whether the actor can do more here than look."""
        return any(actor.may(act.name) for act in self.buttons)

    def waiting(self, text: str = "") -> QuerySet[Any]:
        """The queue, or what of it is found by the text."""
        return self.find(self.rows(), text) if text else self.rows()


def register_queue(queue: Queue) -> Queue:
    QUEUES[queue.code] = queue
    return queue


@dataclass(frozen=True)
class Length:
    """How many wait, and since when the first."""

    count: int
    oldest: datetime | None


def length_of(rows: QuerySet[Any], since: str) -> Length:
    counted = rows.order_by().aggregate(count=Count("pk"), oldest=Min(since))
    return Length(counted["count"], counted["oldest"])


@dataclass(frozen=True)
class Glance:
    """All that decides how a queue looks to one person at this moment, in two queries."""

    queue: Queue
    actor: Actor
    text: str
    length: Length
    keys: tuple[tuple[Any, ...], ...]

    @classmethod
    def at(cls, queue: Queue, actor: Actor, text: str = "") -> "Glance":
        waiting = queue.waiting(text)
        shown = waiting.prefetch_related(None)[:MOST_ROWS]
        keys = tuple(shown.values_list("pk", *queue.watched))
        return cls(queue, actor, text, length_of(waiting, queue.since), keys)

    @property
    def etag(self) -> str:
        """Equal only while the same person would see the same rows in the same language."""
        may = [self.actor.may(act.name) for act in self.queue.buttons]
        seen = [self.queue.code, self.text, get_language(), may, self.length.count, self.keys]
        return fingerprint(json.dumps(seen, default=str))

    @property
    def is_cut(self) -> bool:
        return self.length.count > MOST_ROWS

    def lines(self) -> list["Line"]:
        """The rows with what their template needs."""
        rows: list[Any] = list(self.queue.waiting(self.text)[:MOST_ROWS])
        about = self.queue.about(rows)
        return [Line(self, row, about.get(row.pk, {})) for row in rows]


@dataclass(frozen=True)
class Line:
    """One row of a queue on somebody's screen."""

    glance: Glance
    row: Model
    about: Mapping[str, Any]

    @property
    def since(self) -> datetime:
        at: datetime = getattr(self.row, self.glance.queue.since)
        return at

    @property
    def buttons(self) -> list[Button]:
        actor = self.glance.actor
        return [a for a in self.glance.queue.buttons if actor.may(a.name) and a.fits(self.row)]


def fingerprint(text: str) -> str:
    return hashlib.blake2b(text.encode(), digest_size=10).hexdigest()
