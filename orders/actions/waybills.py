"""Waybills asked of carriers: the intent under a number that stays, and what became of it."""

from django.db import transaction

from orders.actions.parcels import label_parcel
from orders.models import Order, Parcel, WaybillOrder
from shop.clock import now
from shop.errors import IllegalTransition
from shop.events.states import advance
from shop.identity.actors import Actor

LIVE = (WaybillOrder.Status.ASKED, WaybillOrder.Status.GIVEN)


def begin_waybill(parcel: Parcel, carrier: str, *, by: Actor) -> WaybillOrder:
    """Mean to ask a carrier for a packed parcel's waybill, or go on with what was begun: a number
    that was used once keeps its carrier. Raises IllegalTransition for a parcel that is not packed.
    """
    by.require("orders.order_waybill")
    with transaction.atomic():
        parcel = _locked(parcel)
        if (begun := parcel.waybill_orders.filter(status__in=LIVE).first()) is not None:
            return begun
        if parcel.status != Parcel.Status.PACKED:
            raise IllegalTransition
        attempt = parcel.waybill_orders.count() + 1
        return WaybillOrder.objects.create(
            parcel=parcel,
            carrier=carrier,
            number=f"{parcel.order.number}W{parcel.pk}T{attempt}",
            asked_at=now(),
        )


def record_waybill(ordered: WaybillOrder, waybill: str, *, by: Actor) -> WaybillOrder:
    """The carrier gave a waybill: it is on the parcel. Raises WaybillUsed, IllegalTransition."""
    by.require("orders.order_waybill")
    with transaction.atomic():
        parcel = _locked(ordered.parcel)
        ordered = WaybillOrder.objects.get(pk=ordered.pk)
        if ordered.status != WaybillOrder.Status.GIVEN:
            advance(ordered, "give")
            ordered.waybill, ordered.answered_at = waybill, now()
            ordered.save(update_fields=["status", "waybill", "answered_at"])
        label_parcel(parcel, ordered.carrier, waybill, by=by)
    return ordered


def record_waybill_refused(ordered: WaybillOrder, code: str, *, by: Actor) -> None:
    """The carrier's last word; the next try has a number of its own. `code`: the carrier's."""
    by.require("orders.order_waybill")
    with transaction.atomic():
        _locked(ordered.parcel)
        ordered = WaybillOrder.objects.get(pk=ordered.pk)
        advance(ordered, "refuse")
        ordered.code, ordered.answered_at = code, now()
        ordered.save(update_fields=["status", "code", "answered_at"])


def record_waybill_given_back(ordered: WaybillOrder, *, by: Actor) -> None:
    """The carrier waits for no parcel under it any more."""
    by.require("orders.order_waybill")
    with transaction.atomic():
        _locked(ordered.parcel)
        ordered = WaybillOrder.objects.get(pk=ordered.pk)
        advance(ordered, "give_back")
        ordered.save(update_fields=["status"])


def _locked(parcel: Parcel) -> Parcel:
    """The parcel behind its order's lock, which comes first everywhere."""
    Order.objects.locked().get(pk=parcel.order_id)
    return Parcel.objects.locked().select_related("order").get(pk=parcel.pk)
