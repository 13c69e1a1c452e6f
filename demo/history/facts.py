"""Facts of the past, and the deliveries that carried them, as `publish` and the relay leave them."""

import json
from collections import Counter
from dataclasses import dataclass
from datetime import datetime, timedelta

from demo.history.rows import Rows
from shop.events.outbox import Event, Reaction, kind_of, owed_to, time_ordered_id

CARRIED_AFTER = timedelta(milliseconds=350)  # as the relay is seen to take


@dataclass(frozen=True)
class Author:
    """Who acted then: the columns of the log that say it."""

    door: str
    user_id: int | None = None
    customer_id: int | None = None
    reason: str = ""


class Facts:
    """Tells facts of subjects that nobody has told of before."""

    def __init__(self, rows: Rows) -> None:
        self._rows = rows
        self._told: Counter[str] = Counter()
        self._owed: dict[str, list[Reaction]] = {}

    def tell(self, event: Event, at: datetime, by: Author) -> None:
        """At this instant; what reacts to it has been carried out a moment later."""
        kind, stream = kind_of(type(event)), event.stream
        self._told[stream] += 1
        identity, seq = time_ordered_id(at), self._told[stream]
        self._rows.add(
            "events_eventlog",
            id=identity,
            kind=kind,
            stream=stream,
            seq=seq,
            data=json.dumps(vars(event)),
            at=at,
            **vars(by),
        )
        for reaction in self._reactions_to(kind):
            self._rows.add(
                "events_delivery",
                event_id=identity,
                reaction=reaction.name,
                lane=reaction.lane,
                stream=stream,
                seq=seq,
                state="done",
                attempts=1,
                created_at=at,
                trying_since=at,
                due_at=at,
                done_at=at + CARRIED_AFTER,
                last_error="",
            )

    def _reactions_to(self, kind: str) -> list[Reaction]:
        if kind not in self._owed:
            self._owed[kind] = owed_to(kind)
        return self._owed[kind]

    def end(self) -> None:
        """Count each subject's facts, when all are told."""
        for stream, seq in self._told.items():
            self._rows.add("events_stream", name=stream, seq=seq)
