"""Where a channel's own copy of a product is asked for; no transaction open while it is."""

from django.conf import settings

from catalog import actions
from catalog.models import ChannelCheck, Delisting
from shop.identity.actors import Actor
from shop.records.models import Channel
from shop.vendors.errors import UnreadableAnswer, VendorRetryable
from shop.vendors.outbound import Outbound

STOREFRONT = "storefront"
SHOWN = 200


def look_at_copies(delisting: Delisting, *, by: Actor) -> None:
    """Fetch what channels still show of a product that is off sale, and keep what they answered.

    The mini-program reads our own API: its copy is asked for as any customer's telephone asks.
    Other channels give no copy; people look there. Raises VendorRetryable while it is shown, or
    cannot be asked: whoever called asks again.
    """
    checks = delisting.checks.unconfirmed().filter(channel__kind=Channel.Kind.MINI_PROGRAM)
    for check in checks:
        status = _answered(delisting.product_id)
        actions.record_copy(check, status, by=by)
        if status == SHOWN:
            raise VendorRetryable(STOREFRONT, "it still shows the product")


def _answered(product_id: int) -> int:
    base = settings.PUBLIC_URL
    answer = Outbound(STOREFRONT, [base]).send("GET", f"{base}/api/v1/products/{product_id}/")
    if answer.status not in (SHOWN, ChannelCheck.GONE):
        raise UnreadableAnswer(STOREFRONT, f"HTTP {answer.status}")
    return answer.status
