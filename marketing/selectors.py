"""Reads of the shop front."""

from django.db.models import QuerySet

from catalog.models import Product
from catalog.selectors import storefront

NEWEST = 8


def new_arrivals() -> QuerySet[Product]:
    """What was first published last."""
    return storefront().order_by("-published_at", "-pk")[:NEWEST]


def member_offers() -> QuerySet[Product]:
    """What members buy cheaper, the dearest first."""
    cheaper = storefront().filter(member_price_fen__isnull=False)
    return cheaper.order_by("-price_fen", "-pk")[:NEWEST]
