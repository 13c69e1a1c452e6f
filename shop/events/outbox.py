"""`publish()` writes the fact and the reactions it owes, in the caller's transaction."""

from __future__ import annotations

import json
import secrets
import uuid
from collections.abc import Callable
from dataclasses import asdict, dataclass, fields
from datetime import datetime
from typing import TYPE_CHECKING, Any, ClassVar, Protocol, TypeVar, cast

from django.core.serializers.json import DjangoJSONEncoder
from django.db import connection, transaction

from shop.clock import now
from shop.errors import Text
from shop.events.models import EventLog
from shop.statements import rows_of

if TYPE_CHECKING:
    from shop.identity.actors import Actor

LANES: dict[str, int] = {
    "house": 8,
    "wechat": 4,
    "wechatpay": 4,
    "carriers": 2,
    "mail": 2,
    "wecom": 1,
    "long": 2,
}
"""Every lane and how many deliveries of it may run at once; a slow vendor blocks only its own."""

EVENTS: dict[str, type[Event]] = {}
REACTIONS: dict[str, Reaction] = {}
WITNESSES: dict[str, Callable[[Any, Any], None]] = {}


class Author(Protocol):
    """Who says it: identity's Actor, which stands to our right; or the relay itself."""

    @property
    def door(self) -> str: ...
    @property
    def user(self) -> Any: ...
    @property
    def customer(self) -> Any: ...
    @property
    def reason(self) -> str: ...


@dataclass(frozen=True)
class Event:
    """A fact: past tense, ids and figures, never personal data.

    `stream_kind` names the subject; the first field holds its id. Both make the stream
    (`order:123`) within which deliveries keep their order. `label` is what timelines say.
    """

    stream_kind: ClassVar[str]
    label: ClassVar[Text]

    def __init_subclass__(cls) -> None:
        super().__init_subclass__()
        EVENTS[kind_of(cls)] = cls

    @property
    def stream(self) -> str:
        return f"{self.stream_kind}:{getattr(self, fields(self)[0].name)}"


def kind_of(event: type[Event]) -> str:
    """`orders.OrderPaid`: the name it is stored under, for ever."""
    return f"{event.__module__.removeprefix('shop.').split('.')[0]}.{event.__name__}"


E_ = TypeVar("E_", bound=Event)
React = Callable[[Any, EventLog], None]
React_ = TypeVar("React_", bound=React)


@dataclass(frozen=True)
class Reaction:
    """What one app does about facts of these kinds.

    A reaction inside the house runs in one transaction with the mark that it is done: its effect
    happens once. One that calls a vendor (`outside`) runs with no transaction open and at least
    once; it passes `fact.id` on as the vendor's idempotency key.
    """

    name: str
    kinds: tuple[str, ...]
    run: React
    lane: str
    outside: bool


def reacts_to(
    *events: type[Event], lane: str = "house", outside: bool = False
) -> Callable[[React_], React_]:
    """Register a function of `reactions.py` as owed to every event of these kinds."""
    if lane not in LANES:
        raise ValueError(f"unknown lane {lane}: declare it in LANES")

    def register(run: React_) -> React_:
        name = f"{run.__module__.removeprefix('shop.').split('.')[0]}.{run.__name__}"
        REACTIONS[name] = Reaction(name, tuple(map(kind_of, events)), run, lane, outside)
        return run

    return register


def owed_to(kind: str) -> list[Reaction]:
    """The reactions that are owed to each fact of this kind."""
    return [reaction for reaction in REACTIONS.values() if kind in reaction.kinds]


def witnesses(
    event: type[E_],
) -> Callable[[Callable[[E_, Actor], None]], Callable[[E_, Actor], None]]:
    """Register what must be on record in the very transaction of such a fact, or undo it.

    For the audit trail, which needs the request at hand; everything else is a reaction.
    """

    def register(see: Callable[[E_, Actor], None]) -> Callable[[E_, Actor], None]:
        WITNESSES[kind_of(event)] = see
        return see

    return register


PUBLISH = """
WITH counted AS (
    INSERT INTO events_stream (name, seq) VALUES (%(stream)s, 1)
    ON CONFLICT (name) DO UPDATE SET seq = events_stream.seq + 1
    RETURNING seq
), said AS (
    INSERT INTO events_eventlog
        (id, kind, stream, seq, data, at, door, user_id, customer_id, reason)
    SELECT %(id)s::uuid, %(kind)s, %(stream)s, seq, %(data)s::jsonb, %(at)s,
           %(door)s, %(user_id)s::bigint, %(customer_id)s::bigint, %(reason)s
    FROM counted
    RETURNING id, seq
)
INSERT INTO events_delivery
    (event_id, reaction, lane, stream, seq, state, attempts,
     created_at, trying_since, due_at, last_error)
SELECT said.id, owed.reaction, owed.lane, %(stream)s, said.seq, 'pending', 0,
       %(at)s, %(at)s, %(at)s, ''
FROM said, unnest(%(reactions)s::text[], %(lanes)s::text[]) AS owed (reaction, lane)
"""


def publish(event: Event, *, by: Author) -> uuid.UUID:
    """Write one EventLog row and one Delivery per reaction: one statement, all or nothing.

    Bumping the stream's counter locks it, so that no later event of the same subject can commit
    before this one. Raises RuntimeError outside a transaction.
    """
    if not connection.in_atomic_block:
        raise RuntimeError("publish() belongs inside transaction.atomic()")
    kind = kind_of(type(event))
    owed = owed_to(kind)
    at = now()
    identity = time_ordered_id(at)
    rows_of(
        PUBLISH,
        {
            "id": identity,
            "kind": kind,
            "stream": event.stream,
            "data": json.dumps(asdict(event), cls=DjangoJSONEncoder),
            "at": at,
            "door": by.door,
            "user_id": by.user.pk if by.user else None,
            "customer_id": by.customer.pk if by.customer else None,
            "reason": by.reason,
            "reactions": [reaction.name for reaction in owed],
            "lanes": [reaction.lane for reaction in owed],
        },
    )
    if kind in WITNESSES:
        WITNESSES[kind](event, cast("Actor", by))  # the relay's own facts have no witness
    return identity


def event_of(fact: EventLog) -> Event:
    """The dataclass again, as its publisher made it."""
    return EVENTS[fact.kind](**fact.data)


def time_ordered_id(at: datetime) -> uuid.UUID:
    """A UUIDv7 (RFC 9562) of this instant: 48 bits of milliseconds, 74 random bits."""
    milliseconds = int(at.timestamp() * 1000)
    value = milliseconds << 80 | 0x7 << 76 | secrets.randbits(12) << 64
    return uuid.UUID(int=value | 0b10 << 62 | secrets.randbits(62))


def after_commit(act: Callable[[], object]) -> None:
    """For doorbells and caches only: what may be lost. Facts go through `publish`."""
    transaction.on_commit(act, robust=True)
