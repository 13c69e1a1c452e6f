"""Stages of listing: what is taken off sale, and what its figures say should go."""

from catalog.actions import ask_price_change, request_delisting, schedule_price_change
from catalog.kinds import PRICE_CHANGE
from catalog.models import PRICE_DUE, Delisting, PriceChange
from shop.clock import now, turned_to
from shop.work.actions.approvals import approve, expire_approval, reject, withdraw
from shop.work.models import Approval
from tests import cast
from tests.catalog.prices import proposal
from tests.faults.staging.worlds import DAY, HOUR, Stage, World
from tests.make import make_product, make_sku


def delisted(world: World) -> Delisting:
    by = cast.staff("operations_specialist")
    return request_delisting(make_product(stock=5), "slow", "九十天只卖出一瓶", by=by)


def quiet(world: World) -> None:
    """On sale for a hundred days, and nobody wanted it."""
    with turned_to(now() - 100 * DAY):
        make_product(stock=5)


def asked(world: World) -> PriceChange:
    by = cast.staff("operations_specialist")
    return ask_price_change(make_sku(stock=0), proposal(), by=by)


def approval_of(change: PriceChange) -> Approval:
    return Approval.objects.get(subject=change.subject)


def price_approved(world: World) -> None:
    approve(approval_of(asked(world)), by=cast.staff("operations_manager"))


def price_refused(world: World) -> None:
    reject(approval_of(asked(world)), comment="毛利太低", by=cast.staff("operations_manager"))


def price_withdrawn(world: World) -> None:
    withdraw(approval_of(asked(world)), by=cast.staff("operations_specialist"))


def price_never_decided(world: World) -> None:
    with turned_to(now() - PRICE_CHANGE.expires - HOUR):
        change = asked(world)
    expire_approval(approval_of(change).pk, by=cast.SYSTEM)


def price_due(world: World) -> None:
    """Approved yesterday for an hour ago."""
    with turned_to(now() - DAY):
        by = cast.staff("operations_specialist")
        coming = proposal(effective_at=now() + DAY - HOUR)
        change = ask_price_change(make_sku(stock=0), coming, by=by)
        approve(approval_of(change), by=cast.staff("operations_manager"))
        schedule_price_change(change, by=cast.SYSTEM)


FACTS: dict[str, Stage] = {"catalog.ProductDelisted": delisted}
OF_REACTION: dict[tuple[str, str], Stage] = {
    ("catalog.schedule_approved_price", "work.ApprovalGranted"): price_approved,
    ("catalog.drop_unapproved_price", "work.ApprovalRefused"): price_refused,
    ("catalog.drop_unapproved_price", "work.ApprovalWithdrawn"): price_withdrawn,
    ("catalog.drop_unapproved_price", "work.ApprovalExpired"): price_never_decided,
}
TIMERS: dict[str, Stage] = {PRICE_DUE: price_due}
TASKS: dict[str, Stage] = {"catalog.propose_delistings": quiet}
