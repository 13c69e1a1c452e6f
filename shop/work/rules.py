"""Decisions about work, from values alone: who supervises whom, how late something is, whether
two payloads are the same."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from shop.timing.rules import BusinessCalendar

LONGEST_TEXT = 500

MOST_ERRORS = 1_000
"""Refused rows of long work that are told one by one; all are counted."""

JOBS_KEPT_FOR = timedelta(days=90)
"""How long a page still tells of long work that has ended; its files go after a week."""

SUPERVISORS = {
    "operations_manager": "director",
    "operations_specialist": "operations_manager",
    "promotion_specialist": "operations_manager",
    "data_analyst": "operations_manager",
    "service_supervisor": "operations_manager",
    "service_agent": "service_supervisor",
    "warehouse": "operations_manager",
    "purchaser": "operations_manager",
    "compliance_reviewer": "director",
    "technical_lead": "director",
    "engineer": "technical_lead",
    "design_lead": "operations_manager",
    "designer": "design_lead",
    "finance": "director",
    "hr": "director",
    "department_head": "director",
    "shop_clerk": "department_head",
    "agent_team_lead": "operations_manager",
}
"""Post → the post that assigns its work and hears of what is late (B2.2.1–4, C2.1.1; ST13)."""


def supervisor_of(role: str) -> str | None:
    """The supervising post; None for the top of the house."""
    return SUPERVISORS.get(role)


def line_of(role: str) -> list[str]:
    """The post and those above it, upwards."""
    line = [role]
    while above := supervisor_of(line[-1]):
        line.append(above)
    return line


def team_of(role: str) -> frozenset[str]:
    """Every post below this one, however far."""
    return frozenset(post for post in SUPERVISORS if role in line_of(post)[1:])


class Receiver(NamedTuple):
    """Whom work is handed to: a post, or a person."""

    role: str = ""
    user_id: int | None = None

    @classmethod
    def parse(cls, text: str) -> Receiver:
        """`post:finance` or `person:7`. Raises ValueError for anything else."""
        kind, _colon, name = text.partition(":")
        if kind == "person":
            return cls(user_id=int(name))
        if kind == "post" and name:
            return cls(role=name)
        raise ValueError(text)


@dataclass(frozen=True)
class Lateness:
    """How far past its due time something is: as the calendar on the wall says, and at work."""

    wall: timedelta
    working: timedelta


def lateness(hours: BusinessCalendar, due_at: datetime, at: datetime) -> Lateness | None:
    """None while it is not late; the due instant itself is too late."""
    if at < due_at:
        return None
    return Lateness(at - due_at, hours.working_between(due_at, at))


def fingerprint(payload: Mapping[str, Any]) -> str:
    """SHA-256 of the payload's canonical form: keys in order, no white space.

    Raises TypeError for what JSON cannot hold and for a float: money and rates are whole.
    """
    _require_whole(payload)
    text = json.dumps(payload, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()


def _require_whole(value: Any) -> None:
    if isinstance(value, float):
        raise TypeError(f"{value} is a float")
    if isinstance(value, Mapping):
        for part in value.values():
            _require_whole(part)
    elif isinstance(value, list | tuple):
        for part in value:
            _require_whole(part)
