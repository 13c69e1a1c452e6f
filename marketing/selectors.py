"""Reads of the shop front."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db.models import QuerySet

from catalog.models import Product
from catalog.selectors import Offered, storefront

if TYPE_CHECKING:
    from django_stubs_ext import WithAnnotations

NEWEST = 8


def new_arrivals() -> QuerySet[WithAnnotations[Product, Offered]]:
    """What was first published last."""
    return storefront().order_by("-published_at", "-pk")[:NEWEST]


def member_offers() -> QuerySet[WithAnnotations[Product, Offered]]:
    """What members buy cheaper, the dearest first."""
    cheaper = storefront().filter(member_price_fen__isnull=False)
    return cheaper.order_by("-price_fen", "-pk")[:NEWEST]
