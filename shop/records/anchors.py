"""The head of the chain, written every hour where the database's owner cannot rewrite it.

One line of JSON per anchor, appended to a file on another volume (AUDIT_ANCHORS). A chain that
was rebuilt from some row is whole in itself, but no longer has the heads that stand there.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import structlog
from django.conf import settings
from django.db import transaction

from shop.clock import now
from shop.events.outbox import publish
from shop.identity.actors import Actor, Door
from shop.records import rules
from shop.records.events import HeadAnchored
from shop.records.lines import append_line, lines_of
from shop.records.models import Batch

log = structlog.get_logger(__name__)
FILE = "anchors.jsonl"
LONGEST_LINE = 1_000  # bytes


@dataclass(frozen=True)
class Anchor:
    """A head as it was: the batch, its last row's place, and when it was written down."""

    batch: int
    seq: int
    head: str
    at: datetime


def anchor_when_due() -> None:
    """Write the head down when the last anchor is an hour old. A folder that cannot be written
    to stops nothing: it is logged, and tried again in the next round."""
    try:
        last = newest()
        if last is None or now() - last.at >= rules.ANCHOR_EVERY:
            anchor()
    except OSError as error:
        log.error("anchor_failed", error=str(error))


def anchor() -> Anchor | None:
    """Write the head down now; None while nothing has been sealed."""
    head = Batch.objects.order_by("-number").first()
    if head is None:
        return None
    made = Anchor(head.number, head.last_seq, bytes(head.head).hex(), now())
    _append(made)
    with transaction.atomic():
        by = Actor.system("the audit chain is anchored every hour", Door.CLOCK)
        publish(HeadAnchored(made.batch, made.head), by=by)
    return made


def all_anchors() -> Iterator[Anchor]:
    """In the order they were written."""
    yield from map(_anchor, lines_of(_path()))


def newest() -> Anchor | None:
    """The last line, without reading the years before it."""
    path = _path()
    if not path.exists():
        return None
    with path.open("rb") as file:
        file.seek(max(0, path.stat().st_size - LONGEST_LINE))
        lines = file.read().decode().splitlines()
    return _anchor(json.loads(lines[-1])) if lines else None


def _anchor(said: dict[str, Any]) -> Anchor:
    return Anchor(**{**said, "at": datetime.fromisoformat(said["at"])})


def _append(made: Anchor) -> None:
    """Durable before anybody is told of it."""
    append_line(_path(), {**vars(made), "at": made.at.isoformat()})


def _path() -> Path:
    return Path(settings.AUDIT_ANCHORS) / FILE
