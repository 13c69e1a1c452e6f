"""A service agent and a warehouse hand at work, each in a real browser, by keyboard alone."""

import re

import pytest

playwright = pytest.importorskip("playwright.sync_api")

from orders.models import Order  # noqa: E402
from tests import cast  # noqa: E402
from tests.make import make_order, make_sku  # noqa: E402

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
expect = playwright.expect


def rows(page):
    return page.locator(".desk-row:not(.is-done)")


def test_an_order_comes_to_both_desks_is_confirmed_and_shipped_by_keyboard(seated):
    agent, hand = seated("service_agent"), seated("warehouse")
    expect(agent.get_by_text("已付款的订单都确认完了")).to_be_visible()
    expect(hand.get_by_text("该发的都发出去了")).to_be_visible()

    order = make_order("paid")
    for page in (agent, hand):
        expect(rows(page)).to_have_count(1)
        expect(page).to_have_title(re.compile(r"^\(1\)"))
    expect(hand.get_by_text("待客服确认")).to_be_visible()

    agent.keyboard.press("j")
    agent.keyboard.press("Enter")
    expect(rows(agent)).to_have_count(0)
    expect(agent.get_by_text("已付款的订单都确认完了")).to_be_visible()
    order.refresh_from_db()
    assert order.confirmed_by == cast.staff("service_agent").user

    expect(hand.get_by_text("可发货")).to_be_visible()
    hand.keyboard.press("j")
    hand.keyboard.type("SF1234567890")
    hand.keyboard.press("Enter")
    expect(rows(hand)).to_have_count(0)
    assert Order.objects.get(pk=order.pk).parcels.get().waybill == "SF1234567890"
    assert agent.evaluate("window.neverReloaded") and hand.evaluate("window.neverReloaded")


def test_typing_survives_a_new_row_and_shipping_moves_on_to_the_next(seated):
    sku = make_sku()
    make_order("confirmed", sku=sku, customer=cast.customer("a"))
    make_order("confirmed", sku=sku, customer=cast.customer("b"))
    hand = seated("warehouse")
    waybills = hand.locator("input[name=waybill]")
    expect(waybills.nth(0)).to_be_focused()
    hand.keyboard.type("ZTO0000")

    make_order("confirmed", sku=sku, customer=cast.customer("c"))
    expect(rows(hand)).to_have_count(3)
    expect(waybills.nth(0)).to_be_focused()
    hand.keyboard.type("0001")
    expect(waybills.nth(0)).to_have_value("ZTO00000001")

    hand.locator("select[name=carrier]").nth(0).select_option("ZTO")
    waybills.nth(0).press("Enter")
    expect(rows(hand)).to_have_count(2)
    expect(waybills.nth(0)).to_be_focused()
    expect(hand.locator("select[name=carrier]").nth(0)).to_have_value("ZTO")


def test_a_refusal_stays_beside_the_field_and_can_be_mended(seated):
    make_order("confirmed")
    hand = seated("warehouse")
    hand.keyboard.type("12")
    hand.keyboard.press("Enter")
    expect(hand.get_by_text("运单号应为 8 到 30 位字母或数字")).to_be_visible()
    hand.keyboard.type("YT123456789")
    hand.keyboard.press("Enter")
    expect(rows(hand)).to_have_count(0)


def test_two_hands_at_one_row_the_slower_is_told(seated, browser):
    order = make_order("paid")
    agent = seated("service_agent")
    expect(rows(agent)).to_have_count(1)
    agent.route("**/rows/**", lambda route: route.abort())
    from orders.actions import confirm_order

    confirm_order(order, by=cast.staff("service_supervisor"))
    agent.keyboard.press("j")
    agent.keyboard.press("Enter")
    expect(agent.get_by_text("当前状态已是“已确认”")).to_be_visible()


def test_a_lost_connection_is_said_and_heals(seated):
    agent = seated("service_agent")
    agent.context.set_offline(True)
    expect(agent.get_by_text("连接中断，正在重试")).to_be_visible()
    make_order("paid")
    agent.context.set_offline(False)
    expect(rows(agent)).to_have_count(1)
    expect(agent.get_by_text("连接中断，正在重试")).to_be_hidden()


def test_an_ended_session_says_so(seated):
    agent = seated("service_agent")
    agent.context.clear_cookies()
    expect(agent.get_by_text("登录已过期")).to_be_visible()
    expect(agent.get_by_role("link", name="重新登录")).to_be_visible()


def test_nothing_is_wider_than_a_phone(seated):
    make_order("paid", quantity=30)
    agent = seated("service_agent")
    agent.set_viewport_size({"width": 390, "height": 844})
    for path in ("", "/admin/"):
        if path:
            agent.goto(agent.url.split("/admin/")[0] + path)
        assert agent.evaluate("document.documentElement.scrollWidth") <= 390


def test_the_keys_are_listed_on_asking(seated):
    agent = seated("service_agent")
    agent.keyboard.press("?")
    expect(agent.get_by_role("dialog")).to_contain_text("下一行")
    agent.keyboard.press("Escape")
    agent.keyboard.press("/")
    expect(agent.locator("[data-search]")).to_be_focused()
