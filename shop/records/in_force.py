"""What applies now, known to each process without asking: policies of customers, channels.

A process asks at most every half minute. It is never behind when it matters, because whatever is
published takes effect a minute later at the earliest (`rules.NOTICE`), and what is known includes
what is yet to take effect.
"""

import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from shop.clock import now
from shop.records.models import Channel, PolicyVersion

LIFE = 30.0  # seconds


@dataclass(frozen=True)
class Known:
    """All published versions of customers' policies as (code, number, from), the open channels,
    and when this was asked (monotonic seconds)."""

    versions: tuple[tuple[str, int, datetime], ...] = ()
    open_channels: frozenset[str] = frozenset()
    asked_at: float = field(default_factory=time.monotonic)


_known: Known | None = None


def policies_in_force() -> dict[str, int]:
    """Code → number of the version of each customers' policy that applies now."""
    present = now()
    return {code: number for code, number, since in _fresh().versions if since <= present}


def is_open(channel: str) -> bool:
    """Whether orders may come by this channel; a closing is known within half a minute."""
    return channel in _fresh().open_channels


def remember(known: Known | None) -> None:
    """Set what is known; None: ask again. For whoever has just changed it, and for tests."""
    global _known
    _known = known


def _fresh() -> Known:
    known = _known
    if known is None or time.monotonic() - known.asked_at > LIFE:
        known = _asked()
        remember(known)
    return known


def _asked() -> Known:
    """Versions in their order, so that a later one wins: two queries."""
    published = PolicyVersion.objects.published().for_customers().order_by("number")
    rows = published.values_list("policy__code", "number", "effective_at")
    versions = tuple((code, number, since) for code, number, since in rows if since)
    channels = Channel.objects.filter(status=Channel.Status.OPEN)
    return Known(versions, frozenset(channels.values_list("code", flat=True)))


def outdated(said: Mapping[str, int], wanted: Mapping[str, int]) -> list[str]:
    """The codes whose version in force is not the one that was said."""
    return [code for code, number in wanted.items() if said.get(code) != number]
