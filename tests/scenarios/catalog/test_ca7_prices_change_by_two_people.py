"""CA7 (C3.2.1): a price changes with reasons, by two people, on its day; what is struck out is
lawful."""

from datetime import timedelta

import pytest
from django.test import Client

from catalog.models import Offer, PriceChange
from shop.clock import SHANGHAI, now, turned_to
from shop.doors.api.caching import forget_at_hand
from shop.events.relay import run_reactions
from shop.timing.sweeper import sweep_timers
from shop.work.models import Approval
from tests import cast
from tests.doors.conftest import desk_of
from tests.make import make_sku

pytestmark = [pytest.mark.django_db, pytest.mark.article("CA7", "C3.2.1", "C3.2.2")]
ASKER, MANAGER, DIRECTOR = "operations_specialist", "operations_manager", "director"
FORM = {
    "price_fen": "99.00",
    "member_price_fen": "95.00",
    "cost_fen": "60",
    "floor_fen": "80",
    "ceiling_fen": "150",
    "reason": "competition",
    "why": "竞品普遍降价，毛利仍有三成五",
    "competitors": "京东自营, 109.00, 商品页, 2025-01-05\n天猫某店，105，直播间，2025-01-06",
}


@pytest.fixture
def sku():
    for role in (ASKER, MANAGER, DIRECTOR):
        cast.staff(role)
    with turned_to(now() - timedelta(days=30)):
        return make_sku(stock=5)


def press(role, action, row, **values):
    return desk_of(role).post(f"/admin/desk/act/{action}/{row.pk}/", values)


def shown(sku):
    """A second later."""
    run_reactions()
    forget_at_hand()
    [told] = Client().get(f"/api/v1/products/{sku.product_id}/").json()["skus"]
    return told["price_fen"], told["member_price_fen"], told["reference_price_fen"]


def test_from_the_asking_to_the_customers_page(sku, oracle):
    # Alone nobody changes it, whoever they are
    assert press(MANAGER, "catalog.price_sku", sku, price_fen="99").status_code == 409
    # Asked for with cost, limits, reason and what others ask
    assert press(ASKER, "catalog.ask_price_change", sku, **FORM).status_code == 302
    change = PriceChange.objects.get()
    assert [one["price_fen"] for one in change.competitors] == [10_900, 10_500]
    assert shown(sku) == (12_800, None, None)
    # Whoever asked cannot approve; somebody else's yes does it
    approval = Approval.objects.get(subject=change.subject)
    press(ASKER, "work.approve", approval)
    assert shown(sku) == (12_800, None, None)
    press(DIRECTOR, "work.approve", approval)
    assert shown(sku) == (9_900, 9_500, 12_800)
    # Both names stand in the history
    page = desk_of(ASKER).get(f"/admin/catalog/sku/{sku.pk}/change/").content.decode()
    assert "¥128.00" in page and "¥99.00" in page and f"/pricechange/{change.pk}/" in page
    # A raise is compared with nothing, and a cut after it not with the raised price
    press(ASKER, "catalog.ask_price_change", sku, **{**FORM, "price_fen": "140"})
    press(DIRECTOR, "work.approve", Approval.objects.latest("pk"))
    assert shown(sku) == (14_000, 9_500, None)
    press(ASKER, "catalog.ask_price_change", sku, **{**FORM, "price_fen": "120"})
    press(DIRECTOR, "work.approve", Approval.objects.latest("pk"))
    assert shown(sku) == (12_000, 9_500, None)


def test_a_day_is_kept_and_what_cannot_be_read_is_refused(sku):
    for wrong in ("京东自营 109", "京东自营, 一百, 商品页, 2025-01-05", "京东, 9, 页, 2025-13-05"):
        answer = press(ASKER, "catalog.ask_price_change", sku, **{**FORM, "competitors": wrong})
        assert answer.status_code == 400
    day = (now() + timedelta(days=2)).replace(microsecond=0)
    local = f"{day.astimezone(SHANGHAI):%Y-%m-%dT%H:%M}"
    assert (
        press(ASKER, "catalog.ask_price_change", sku, **FORM, effective_at=local).status_code == 302
    )
    press(DIRECTOR, "work.approve", Approval.objects.get())
    run_reactions()
    assert Offer.objects.get(sku=sku).price_fen == 12_800
    with turned_to(now() + timedelta(days=4)):
        sweep_timers()
    assert Offer.objects.get(sku=sku).price_fen == 9_900
