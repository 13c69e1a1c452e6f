"""A life is a table on the model; `advance` is the only way along it."""

from collections.abc import Collection, Iterable, Mapping
from typing import ClassVar, Protocol

from django.utils.translation import gettext_lazy as _

from shop.errors import IllegalTransition

Transitions = Mapping[str, tuple[Collection[str], str]]
"""verb → (from, to): a whole life on one screen."""


class Stateful(Protocol):
    """A row with a status and the table of its verbs."""

    TRANSITIONS: ClassVar[Transitions]
    status: str

    def get_status_display(self) -> str: ...


def advance(row: Stateful, verb: str) -> None:
    """Set the status the verb leads to. The caller holds the row's lock and saves it.

    Raises IllegalTransition, which changes nothing and names the present state.
    """
    sources, target = row.TRANSITIONS[verb]
    if row.status not in sources:
        raise IllegalTransition(
            _("Not possible: its state is now “%(state)s”.") % {"state": row.get_status_display()}
        )
    row.status = target


def verbs_from(row: Stateful) -> list[str]:
    """What can happen next to this row."""
    return [verb for verb, (sources, _to) in row.TRANSITIONS.items() if row.status in sources]


def walk(transitions: Transitions, start: str, steps: Iterable[Collection[str]]) -> str | None:
    """Where the steps lead from `start`, each by whichever of its verbs fits; None: nowhere."""
    state = start
    for verbs in steps:
        ways = [to for sources, to in map(transitions.__getitem__, verbs) if state in sources]
        if not ways:
            return None
        state = ways[0]
    return state
