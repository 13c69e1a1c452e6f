"""What waits for a role: a queue that its people work down, the longest-waiting first."""

import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Count, Min, QuerySet
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from shop.clock import now
from shop.doors.desk.buttons import Button
from shop.errors import Text
from shop.identity.actors import Actor

MOST_ROWS = 50
IN_LINE = _("in line")
QUEUES: dict[str, "Queue"] = {}


def nothing_more(rows: Sequence[Any]) -> Mapping[int, Mapping[str, Any]]:
    return {}


Narrow = Callable[[QuerySet[Any], Actor], QuerySet[Any]]


def everything(rows: QuerySet[Any], actor: Actor) -> QuerySet[Any]:
    return rows


@dataclass(frozen=True)
class View:
    """A part of a queue that people ask for by one press: mine, late."""

    code: str
    label: Text
    narrow: Narrow


@dataclass(frozen=True)
class Queue:
    """A queue of rows. `since` names the column a row waits from, `watched` those that change.

    `about` gives each row (by primary key) what its template needs beyond itself, in a number
    of queries that does not grow with the rows. `patience` is how long a row may wait before
    its age is shown in amber; after twice that in red. What a person sees of the queue is its
    `views`, the first of them unless they ask for another; `ticks` for one whose rows show
    figures that grow with time. `is_card`: the home shows it as a card of its own.
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
    views: tuple[View, ...] = (View("", "", everything),)
    ticks: timedelta | None = None
    is_card: bool = True
    counted: Text = IN_LINE

    @property
    def address(self) -> str:
        return reverse("desk:queue", args=[self.code])

    def is_work_of(self, actor: Actor) -> bool:
        """Whether the actor can do more here than look."""
        return any(actor.may(act.name) for act in self.buttons)

    def view(self, code: str) -> View:
        """The view of this code; the first one for a code that there is not."""
        return next((view for view in self.views if view.code == code), self.views[0])

    def waiting(self, actor: Actor, text: str = "", view: str = "") -> QuerySet[Any]:
        """What the actor sees of the queue, or what of that is found by the text."""
        rows = self.view(view).narrow(self.rows(), actor)
        return self.find(rows, text) if text else rows


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
    view: View
    length: Length
    keys: tuple[tuple[Any, ...], ...]

    @classmethod
    def at(cls, queue: Queue, actor: Actor, text: str = "", view: str = "") -> "Glance":
        waiting = queue.waiting(actor, text, view)
        shown = waiting.prefetch_related(None)[:MOST_ROWS]
        keys = tuple(shown.values_list("pk", *queue.watched))
        length = length_of(waiting, queue.since)
        return cls(queue, actor, text, queue.view(view), length, keys)

    @property
    def etag(self) -> str:
        """Equal only while the same person would see the same rows in the same language."""
        may = [self.actor.may(act.name) for act in self.queue.buttons]
        where = [self.queue.code, self.view.code, self.text, get_language()]
        seen = [*where, may, self.length.count, self.keys, self._tick()]
        return fingerprint(json.dumps(seen, default=str))

    def _tick(self) -> int:
        """Grows by one whenever the rows' figures are to be drawn again."""
        if self.queue.ticks is None or not self.keys:
            return 0
        return int(now().timestamp() // self.queue.ticks.total_seconds())

    @property
    def is_cut(self) -> bool:
        return self.length.count > MOST_ROWS

    def lines(self) -> list["Line"]:
        """The rows with what their template needs."""
        waiting = self.queue.waiting(self.actor, self.text, self.view.code)
        rows: list[Any] = list(waiting[:MOST_ROWS])
        about = self.queue.about(rows)
        return [Line(self, row, about.get(row.pk, {})) for row in rows]


@dataclass(frozen=True)
class Line:
    """One row of a queue on somebody's screen."""

    glance: Glance
    row: Any
    about: Mapping[str, Any]

    @property
    def since(self) -> datetime:
        at: datetime = getattr(self.row, self.glance.queue.since)
        return at

    @property
    def buttons(self) -> list[Button]:
        actor = self.glance.actor
        return [made for made in self.glance.queue.buttons if made.is_offered(self.row, actor)]


def fingerprint(text: str) -> str:
    return hashlib.blake2b(text.encode(), digest_size=10).hexdigest()
