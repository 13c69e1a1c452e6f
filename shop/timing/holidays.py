"""The holiday notices this release knows, from holidays.toml."""

import tomllib
from collections.abc import Iterator
from datetime import timedelta
from functools import cache
from pathlib import Path
from typing import Any

from shop.timing.rules import AnnouncedYear, SpecialDay
from shop.timing.rules.notices import FRIDAY

NOTICES = Path(__file__).with_name("holidays.toml")


@cache
def announced_years() -> tuple[AnnouncedYear, ...]:
    """Every year of the file, oldest first."""
    notices = tomllib.loads(NOTICES.read_text(encoding="utf-8"))["year"]
    return tuple(
        AnnouncedYear(
            notice["year"],
            notice["source"],
            tuple(day for entry in notice["days"] for day in _days(entry)),
        )
        for notice in notices
    )


def _days(entry: dict[str, Any]) -> Iterator[SpecialDay]:
    day = entry["from"]
    while day <= entry["to"]:
        yield SpecialDay(day, "holiday", entry["name"])
        day += timedelta(days=1)
    for workday in entry["make_up"]:
        yield SpecialDay(workday, "make_up", entry["name"], entry.get("follows", FRIDAY))
