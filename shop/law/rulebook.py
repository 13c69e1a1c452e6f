"""The rules as they are kept, and the scan that every chapter calls."""

import tomllib
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

from shop.clock import today
from shop.law import rules
from shop.law.rules import Finding, Rule

RULEBOOK = Path(__file__).with_name("rulebook.toml")
TEXTS = frozenset({"health_food", "food", "campaign", "answer", "agent"})
"""The kinds of text there are: pages of health foods and of ordinary food, campaigns, answers of
service, material of the agents."""


def scan(text: str, kind: str, on: date | None = None) -> list[Finding]:
    """What the law objects to in a text of this kind, on that business day (today).

    Raises ValueError for a kind that is none of TEXTS: a text nobody checks would pass.
    """
    if kind not in TEXTS:
        raise ValueError(f"no such kind of text: {kind}")
    return rules.scan(text, kind, on or today(), all_rules())


@cache
def all_rules() -> tuple[Rule, ...]:
    """The whole book. Raises ValueError where it is wrong."""
    book = tomllib.loads(RULEBOOK.read_text("utf-8"))
    return tuple(_read(entry) for entry in book["rule"])


def _read(entry: dict[str, Any]) -> Rule:
    strange = set(entry["texts"]) - TEXTS
    if strange or entry["weight"] not in {"block", "warn"}:
        raise ValueError(f"rule {entry['code']}: {strange or entry['weight']}")
    lists = ("words", "spared", "required", "catches", "spares")
    tuples = {name: tuple(entry.get(name, ())) for name in lists}
    return Rule(**{**entry, **tuples, "texts": frozenset(entry["texts"])})
