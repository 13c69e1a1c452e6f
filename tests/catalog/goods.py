"""Lots as tests want them: so many days old, so many days left."""

from datetime import timedelta

from catalog.actions import LotFacts, receive_stock
from catalog.models import Lot, LotBalance, Offer
from shop.clock import today
from tests import cast
from tests.make import make_sku

YEAR = 365


def facts(code, *, left=YEAR, age=60, **more):
    """A label: made `age` days ago, good for `left` days more."""
    made, ends = today() - timedelta(days=age), today() + timedelta(days=left)
    return LotFacts(code, made, ends, **more)


def stocked(*lots, sku=None):
    """A SKU with lots (code, units, days left), each under a document of its own."""
    sku = sku or make_sku(stock=0)
    for code, units, left in lots:
        receive_stock(sku, units, f"GR-{code}", lot=facts(code, left=left),
                      by=cast.staff("warehouse"))  # fmt: skip
    return sku


def lot(sku, code):
    return Lot.objects.get(sku=sku, code=code)


def standing(sku):
    """(lot, place) → units, of what is not nothing."""
    rows = LotBalance.objects.filter(lot__sku=sku, quantity__gt=0)
    return {
        (code, place): units
        for code, place, units in rows.values_list("lot__code", "place_id", "quantity")
    }


def offered(sku):
    """(available, short)."""
    return Offer.objects.values_list("available", "short").get(sku=sku)
