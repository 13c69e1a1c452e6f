"""A warehouse hand picks, packs and gives orders to the driver, by keyboard alone."""

import re

import pytest

playwright = pytest.importorskip("playwright.sync_api")

from orders.actions import open_exception, release_wave  # noqa: E402
from orders.models import HandOver, Order, Parcel, Wave  # noqa: E402
from tests import cast  # noqa: E402
from tests.catalog.goods import stocked  # noqa: E402
from tests.make import make_order  # noqa: E402

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
expect = playwright.expect


def scanned(page, text, delay=0):
    """As a scanner types: the code and Enter, into whatever has the focus."""
    page.keyboard.type(text, delay=delay)
    page.keyboard.press("Enter")


def signal(page):
    return page.locator("[data-signal]")


def three_orders():
    sku = stocked(("A", 2, 200), ("B", 9, 300))
    other = stocked(("X", 5, 250))
    make_order("confirmed", sku=sku, quantity=2, customer=cast.customer("a"))
    make_order("confirmed", sku=sku, customer=cast.customer("b"))
    make_order("confirmed", sku=other, customer=cast.customer("c"))
    return sku, other


def test_orders_are_picked_packed_and_handed_over_by_keyboard(seated):
    sku, other = three_orders()
    hand = seated("warehouse")
    hand.goto(hand.url.split("/admin/")[0] + "/admin/warehouse/waves/")
    expect(hand.get_by_role("button", name="下达波次")).to_be_focused()
    hand.keyboard.press("Enter")
    hand.wait_for_url(re.compile(r"/waves/\d+/$"))

    scanned(hand, f"{sku.code}/NOPE")
    expect(signal(hand)).to_have_class(re.compile("is-bad"))
    expect(signal(hand)).to_contain_text("批次不对")
    scanned(hand, f"2*{sku.code}/A")
    expect(signal(hand)).to_have_class(re.compile("is-good"))
    scanned(hand, f"{sku.code}/B")
    scanned(hand, other.code)
    expect(signal(hand)).to_contain_text("已全部拣齐")
    assert Wave.objects.get().tasks.filter(status="picked").count() == 3

    hand.goto(hand.url.split("/waves/")[0] + "/packing/")
    for n in range(3):
        expect(hand.locator("[data-scanner]")).to_be_focused()
        hand.keyboard.press("Enter")  # the first order
        hand.wait_for_url(re.compile(r"/packing/\d+/$"))
        pack_what_is_shown(hand)
        scanned(hand, f"SF0000000{n}")
        hand.wait_for_url(re.compile(r"/packing/$"))
    assert Parcel.objects.packed().exclude(waybill="").count() == 3

    hand.goto(hand.url.split("/packing/")[0] + "/leaving/?carrier=SF")
    for n in range(3):
        scanned(hand, f"SF0000000{n}")
    scanned(hand, "SF00000002")
    expect(signal(hand)).to_contain_text("重复扫描")
    scanned(hand, "2")
    expect(signal(hand)).to_contain_text("清点")
    scanned(hand, "3")
    hand.wait_for_url(re.compile("/orders/handover/"))
    assert HandOver.objects.get().count == 3
    assert set(Order.objects.values_list("status", flat=True)) == {"shipped"}


def pack_what_is_shown(page):
    """Scan a wrong thing first, then every unit that the page wants."""
    scanned(page, "STRANGE")
    expect(signal(page)).to_contain_text("不属于本订单")
    for row in page.locator("[data-lot]").all():
        code = f"{row.get_attribute('data-sku')}/{row.get_attribute('data-lot-code')}"
        scanned(page, f"{row.get_attribute('data-quantity')}*{code}")
    expect(signal(page)).to_contain_text("请扫运单")


def test_the_picker_sees_at_once_what_goes_back_and_the_focus_returns(seated):
    sku = stocked(("A", 5, 200))
    order = make_order("confirmed", sku=sku, quantity=2)
    hand = seated("warehouse")
    wave = release_wave([order], by=cast.staff("warehouse"))
    hand.goto(hand.url.split("/admin/")[0] + f"/admin/warehouse/waves/{wave.pk}/")
    scanned(hand, f"{sku.code}/A")
    expect(signal(hand)).to_contain_text("还差 1 件")
    hand.locator("h1, .scan-head").first.click()
    expect(hand.locator("[data-scanner]")).to_be_focused()
    open_exception(order, "unreachable", by=cast.staff("service_agent"))
    expect(hand.get_by_text("请放回货架")).to_be_visible()
    assert hand.evaluate("document.documentElement.scrollWidth") <= 1366
    hand.set_viewport_size({"width": 390, "height": 844})
    assert hand.evaluate("document.documentElement.scrollWidth") <= 390
