"""Paid orders are checked by limits that staff set; what trips one waits for a person (A4.2a)."""

from collections.abc import Sequence

from django.db import connection, transaction
from django.utils.translation import gettext as _

from orders import rules
from orders.events import LimitsSet, OrderHeld
from orders.kinds import ORDER_HELD
from orders.models import Order, OrderCheck, OrderLimits
from orders.selectors.checks import facts_of, limits_in_force, repeats_of
from shop.clock import now
from shop.errors import InvalidValue
from shop.events.outbox import publish
from shop.identity.actors import Actor
from shop.identity.fields import blind_index
from shop.records.models import PolicyVersion
from shop.work.actions.items import Matter, open_item

OF_THE_CHECKS = Actor.system("the automatic checks")


def set_limits(
    policy_version: PolicyVersion,
    limits: rules.Limits,
    window_hours: int,
    sample_percent: int = 0,
    *,
    by: Actor,
) -> OrderLimits:
    """Check orders that are paid from now on by these limits, which carry out a policy (A4.2a).

    `window_hours`: how far back orders to one phone, address or buyer count. With a
    `sample_percent` the house confirms what is clean by itself, and a person looks at so many of
    every hundred of them on the next day; 0: a person confirms each. Raises InvalidValue
    for a draft of a policy and for a limit that no order could keep.
    """
    by.require("orders.set_limits")
    _require_sense(policy_version, limits, window_hours)
    if not 0 <= sample_percent <= 100:
        raise InvalidValue(fields={"sample_percent": [_("From 0 to 100.")]})
    with transaction.atomic():
        row = OrderLimits.objects.create(
            policy_version=policy_version,
            most_units=limits.most_units,
            most_fen=limits.most_fen,
            most_orders=limits.most_orders,
            window_hours=window_hours,
            blocked_regions=["".join(name.split()) for name in limits.blocked_regions],
            sample_percent=sample_percent,
            set_at=now(),
            set_by=by.user,
        )
        publish(LimitsSet(row.pk, policy_version.pk), by=by)
    return row


def _require_sense(version: PolicyVersion, limits: rules.Limits, window_hours: int) -> None:
    if version.status != PolicyVersion.Status.PUBLISHED:
        raise InvalidValue(fields={"policy_version": [_("Choose a published version.")]})
    if min(limits.most_units, limits.most_fen, limits.most_orders) < 1:
        raise InvalidValue(fields={"most_units": [_("A limit is at least 1.")]})
    if not 1 <= window_hours <= rules.LONGEST_WINDOW:
        raise InvalidValue(fields={"window_hours": [_("From an hour to thirty days.")]})
    if not all(region.strip() for region in limits.blocked_regions):
        raise InvalidValue(fields={"blocked_regions": [_("A region has a name.")]})


def check_order(order: Order, *, by: Actor) -> OrderCheck | None:
    """Ask of an order just paid what the limits in force ask, in the transaction that pays it.

    What trips one is held for a person. None while no limits are set. The caller holds its lock.
    """
    by.require("orders.check_order")
    limits = limits_in_force()
    if limits is None:
        return None
    address = blind_index(rules.address_key(order.region, order.street))
    _one_at_a_time(order, address)
    repeats = repeats_of(order, address, limits.window)
    found = rules.findings(facts_of(order), order.region, repeats, limits.values)
    check = OrderCheck.objects.create(
        order=order, limits=limits, address_index=address, findings=found, at=now()
    )
    if found:
        _hold(order, found, by)
    return check


def _one_at_a_time(order: Order, address: bytes) -> None:
    """Of two orders to one phone, address or buyer that are paid at once, one counts the other."""
    names = sorted([f"buyer {order.customer_id}", order.phone_index.hex(), address.hex()])
    with connection.cursor() as cursor:
        for name in names:
            cursor.execute(
                "SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [f"order check:{name}"]
            )


def _hold(order: Order, found: Sequence[str], by: Actor) -> None:
    figures = {"number": order.number, "findings": list(found)}
    open_item(ORDER_HELD, Matter(order.stream, figures=figures), by=by)
    publish(OrderHeld(order.pk, list(found)), by=by)
