"""Acts of the demo's past, each done at its instant with the clock turned to it."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property

from catalog.models import Sku
from demo.people import Person
from shop.clock import turned_to
from shop.events.relay import run_reactions
from shop.identity.actions import AddressText
from shop.identity.actors import Actor
from shop.identity.models import Address, Customer
from shop.timing.sweeper import sweep_timers


@dataclass(frozen=True)
class Act:
    """Something somebody does at an instant; `is_news` when others react to it."""

    at: datetime
    do: Callable[[], object]
    is_news: bool = False


@dataclass
class Cast:
    """Those who act: staff by username, customers and their addresses as they arrive."""

    staff: dict[str, Actor]
    customers: dict[Person, Customer] = field(default_factory=dict)
    addresses: dict[tuple[Person, AddressText], Address] = field(default_factory=dict)
    orders: dict[str, int] = field(default_factory=dict)
    """Waybill planned → the order's id."""

    @cached_property
    def skus(self) -> dict[str, int]:
        """SKU code → id, once everything is listed."""
        return dict(Sku.objects.values_list("code", "pk"))


def live_through(acts: Iterable[Act], until: datetime) -> int:
    """Do every act up to `until` in order of time, and at once what its news set in motion.

    Returns how many there were.
    """
    due = sorted((act for act in acts if act.at <= until), key=lambda act: act.at)
    for act in due:
        with turned_to(act.at):
            act.do()
            if act.is_news:
                run_reactions()
    with turned_to(until):
        while run_reactions() + sweep_timers():  # what fell due brings news of its own
            pass
    return len(due)
