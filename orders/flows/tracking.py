"""Where carriers must be asked about parcels; no transaction open while they are."""

from collections.abc import Iterable
from contextlib import suppress

from django.conf import settings

from orders import actions
from orders.models import Parcel, WaybillOrder
from shop.identity.actors import Actor
from shop.vendors.carriers.client import Party, Shipment, follows_parcels, get_carrier
from shop.vendors.carriers.errors import AlreadyFollowed, NoSuchWaybill
from shop.vendors.carriers.scans import TrackingScan
from shop.vendors.errors import VendorError, VendorRefused


def order_waybill(parcel: Parcel, carrier: str, *, by: Actor) -> str:
    """A waybill of the carrier's for a packed parcel, and on it.

    May be asked again at any point: the number stays, so the parcel gets one waybill. Raises
    VendorError: retryable it may have been given, and asking again finds it; refused it was not.
    """
    by.require("orders.order_waybill")
    ordered = actions.begin_waybill(parcel, carrier, by=by)
    try:
        waybill = get_carrier(ordered.carrier).create(_shipment(ordered))
    except VendorRefused as refused:
        actions.record_waybill_refused(ordered, refused.code, by=by)
        raise
    actions.record_waybill(ordered, waybill, by=by)
    return waybill


def _shipment(ordered: WaybillOrder) -> Shipment:
    order = ordered.parcel.order
    address = "".join((order.province, order.city, order.district, order.street))
    to = Party(order.recipient, order.phone, address)
    return Shipment(ordered.number, to, "保健食品")


def give_waybill_back(parcel: Parcel, *, by: Actor) -> None:
    """Tell the carrier that a waybill which it gave is not used. May be asked again at any point;
    raises VendorError, and what was collected cannot be given back.
    """
    given = parcel.waybill_orders.filter(status=WaybillOrder.Status.GIVEN).first()
    if given is None:
        return
    with suppress(NoSuchWaybill):  # by an attempt whose answer was lost
        get_carrier(given.carrier).cancel(given.waybill, "未寄出")
    actions.record_waybill_given_back(given, by=by)


def follow_parcel(parcel: Parcel, *, by: Actor) -> None:
    """Have the carrier push its news of a parcel. May be asked again at any point: it follows a
    waybill once. Raises VendorError; without an account at 快递100 nothing is asked.
    """
    if not follows_parcels():
        return
    url = f"{settings.PUBLIC_URL}/hooks/tracking/{parcel.carrier}/"
    with suppress(AlreadyFollowed):  # by an attempt whose answer was lost
        get_carrier(parcel.carrier).follow(parcel.waybill, url, parcel.order.phone)
    actions.record_following(parcel, by=by)


def ask_about_parcel(parcel: Parcel, *, by: Actor) -> int:
    """Ask the carrier where a parcel is, and keep what it says; how many scans were new.

    A parcel that nobody follows yet (it left before we had an account) is followed first. Asked
    too often they lock a waybill, so it counts as asked whatever comes of it. Raises VendorError.
    """
    try:
        if parcel.track.followed_at is None:
            follow_parcel(parcel, by=by)
        scans = get_carrier(parcel.carrier).track(parcel.waybill, parcel.order.phone)
    except VendorError:
        actions.put_off_question(parcel, by=by)
        raise
    actions.put_off_question(parcel, by=by)
    return actions.record_scans(parcel, scan_news(scans), by=by)


def scan_news(scans: Iterable[TrackingScan]) -> list[actions.ScanNews]:
    """A vendor's scans in our words."""
    return [actions.ScanNews(scan.at, scan.state.value, scan.text, scan.place) for scan in scans]
