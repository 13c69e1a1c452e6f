"""Where carriers must be asked about parcels; no transaction open while they are."""

from collections.abc import Iterable
from contextlib import suppress

from django.conf import settings

from orders import actions
from orders.models import Parcel
from shop.identity.actors import Actor
from shop.vendors.carriers.client import follows_parcels, get_carrier
from shop.vendors.carriers.errors import AlreadyFollowed
from shop.vendors.carriers.scans import TrackingScan
from shop.vendors.errors import VendorError


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

    Asked too often they lock a waybill, so it counts as asked whatever comes of it. Raises
    VendorError.
    """
    try:
        scans = get_carrier(parcel.carrier).track(parcel.waybill, parcel.order.phone)
    except VendorError:
        actions.put_off_question(parcel, by=by)
        raise
    actions.put_off_question(parcel, by=by)
    return actions.record_scans(parcel, scan_news(scans), by=by)


def scan_news(scans: Iterable[TrackingScan]) -> list[actions.ScanNews]:
    """A vendor's scans in our words."""
    return [actions.ScanNews(scan.at, scan.state.value, scan.text, scan.place) for scan in scans]
