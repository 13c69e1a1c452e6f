"""Writing goods moves; the database moves the balances with them."""

from collections.abc import Iterable
from dataclasses import dataclass

from catalog.models import Lot, LotMove
from shop.clock import now
from shop.identity.actors import Actor
from shop.identity.models import User

OF_THE_LEDGER = Actor.system("the ledger of goods")


@dataclass(frozen=True)
class Carried:
    """So many units of a lot from one place to another, by their codes."""

    lot: Lot
    from_place: str
    to_place: str
    quantity: int


@dataclass(frozen=True)
class Fact:
    """Why goods move, under which reference, and by whose hand; each is booked once.

    `step` tells several moves of one lot under one cause and reference apart.
    """

    cause: LotMove.Cause
    reference: str
    hand: User | None
    step: int = 1


def post_moves(carried: Iterable[Carried], fact: Fact, *, by: Actor) -> list[LotMove]:
    """Book goods from place to place, their balances with them. The caller holds the lots' locks.

    IntegrityError should a balance fall below nothing, something of an unsellable lot go towards
    a customer, or the fact be booked already: the caller has looked before.
    """
    by.require("catalog.post_moves")
    return LotMove.objects.bulk_create(
        LotMove(
            cause=fact.cause,
            sku_id=one.lot.sku_id,
            lot=one.lot,
            from_place_id=one.from_place,
            to_place_id=one.to_place,
            quantity=one.quantity,
            reference=fact.reference,
            step=fact.step,
            at=now(),
            by=fact.hand,
        )
        for one in sorted(carried, key=lambda one: (one.lot.pk, one.from_place))
        if one.quantity
    )
