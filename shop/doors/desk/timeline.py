"""The life of one subject as people read it: what, who, when, with which figures."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeVar

from django.utils.translation import gettext

from shop.errors import Text
from shop.events.models import EventLog
from shop.events.outbox import EVENTS, Event, event_of
from shop.events.selectors import history
from shop.identity.models import User

MOST = 200
E_ = TypeVar("E_", bound=Event)
WORDS: dict[type[Event], Callable[[Any], Text]] = {}


@dataclass(frozen=True)
class Entry:
    """One fact of a timeline."""

    label: Text
    detail: Text
    who: Text
    at: datetime


def in_words(event: type[E_]) -> Callable[[Callable[[E_], Text]], Callable[[E_], Text]]:
    """Register how an event's figures read on a timeline; without, its label says all."""

    def register(words: Callable[[E_], Text]) -> Callable[[E_], Text]:
        WORDS[event] = words
        return words

    return register


def timeline(stream: str) -> list[Entry]:
    """The last facts of a stream, newest first: two queries."""
    return entries(history(stream)[:MOST])


def entries(facts: Iterable[EventLog]) -> list[Entry]:
    facts = list(facts)
    names = User.objects.in_bulk({fact.user_id for fact in facts if fact.user_id})
    return [Entry(label_of(fact), detail_of(fact), who_of(fact, names), fact.at) for fact in facts]


def label_of(fact: EventLog) -> Text:
    """What happened; a kind that this release no longer knows is shown by its stored name."""
    kind = EVENTS.get(fact.kind)
    return kind.label if kind else fact.kind


def detail_of(fact: EventLog) -> Text:
    kind = EVENTS.get(fact.kind)
    words = WORDS.get(kind) if kind else None
    return words(event_of(fact)) if words else ""


def who_of(fact: EventLog, names: dict[int, User]) -> Text:
    """Staff by name, a customer as such, the system with its reason."""
    if fact.user_id:
        user = names.get(fact.user_id)
        return str(user) if user else gettext("former staff")
    if fact.customer_id:
        return gettext("customer")
    reason = gettext(fact.reason) if fact.reason else ""
    return f"{gettext('system')} · {reason}" if reason else gettext("system")
