"""`record()` writes what somebody did beside facts: a look, a sign-in, an export, a grant."""

from __future__ import annotations

from contextvars import ContextVar
from dataclasses import dataclass
from typing import TYPE_CHECKING

from shop.clock import now
from shop.events.outbox import time_ordered_id
from shop.identity.fields import blind_index
from shop.records.models import AuditEntry

if TYPE_CHECKING:
    from shop.identity.actors import Actor

HASH_LETTERS = 32


@dataclass(frozen=True)
class Call:
    """The HTTP request at work: where it came from, and its number."""

    address: str = ""
    request_id: str = ""


CALL: ContextVar[Call] = ContextVar("call", default=Call())  # noqa: B039 - it is frozen
"""Set by the middleware for each request; outside of one there is neither address nor number."""


def record(kind: AuditEntry.Kind, subject: str, purpose: str, *, by: Actor) -> None:
    """One INSERT in the caller's transaction, no lock. `subject` is a stream name (`order:12`).

    `purpose` is an English msgid; never what somebody typed about a person.
    """
    at, call = now(), CALL.get()
    AuditEntry.objects.create(
        id=time_ordered_id(at),
        kind=kind,
        subject=subject,
        purpose=purpose,
        at=at,
        door=by.door,
        user_id=by.user.pk if by.user else None,
        customer_id=by.customer.pk if by.customer else None,
        network=fingerprint(call.address),
        request_id=call.request_id,
    )


def fingerprint(text: str) -> str:
    """Equal texts, equal letters; the text itself cannot be had back without the key."""
    return blind_index(text).hex()[:HASH_LETTERS] if text else ""


def stranger(name: str) -> str:
    """The subject of a sign-in under a name that nobody here has."""
    return f"name:{fingerprint(name.strip().lower())}"
