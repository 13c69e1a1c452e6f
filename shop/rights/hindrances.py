"""What stands in the way of an erasure. Chapters declare theirs: `@hinders_erasure`."""

from collections.abc import Callable

from django.utils.translation import gettext_lazy as _

from shop.books.models import PartyBalance
from shop.errors import Text
from shop.identity.models import Customer

Hindrance = Callable[[Customer], Text | None]
"""The reason in words for the customer, or None."""

HINDRANCES: list[Hindrance] = []


def hinders_erasure(ask: Hindrance) -> Hindrance:
    """Register a question that every erasure asks, twice: when it is asked for, and at its time."""
    HINDRANCES.append(ask)
    return ask


def hindrances_of(customer: Customer) -> list[Text]:
    """Everything that stands in the way now."""
    return [reason for ask in HINDRANCES if (reason := ask(customer)) is not None]


@hinders_erasure
def money_is_owed(customer: Customer) -> Text | None:
    """By us or to us, as the books say."""
    owed = PartyBalance.objects.filter(party=customer.party_id).exclude(balance_fen=0)
    return _("Money is still owed between us: it is settled first.") if owed.exists() else None
