"""Reads over work and approvals."""

from shop.work.selectors.items import (
    Load,
    blocking,
    first_held,
    holders_of,
    is_blocked,
    require_hands_on,
    team_loads,
    who_could_take,
    work_of,
)

__all__ = [
    "Load",
    "blocking",
    "first_held",
    "holders_of",
    "is_blocked",
    "require_hands_on",
    "team_loads",
    "who_could_take",
    "work_of",
]
