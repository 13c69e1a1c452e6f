"""Finance at their inbox, in a real browser: news appears, is read by keyboard, leads on."""

import pytest

playwright = pytest.importorskip("playwright.sync_api")

from orders.notices import PAYMENT_DISPUTED  # noqa: E402
from shop.notices.actions.raising import Fact, send_notice  # noqa: E402
from tests import cast  # noqa: E402
from tests.make import make_order  # noqa: E402

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
expect = playwright.expect


@pytest.fixture(autouse=True)
def _on_a_wednesday_at_ten():
    """The live server's threads have a clock that nobody turns."""


def rows(page):
    return page.locator(".desk-row:not(.is-done)")


def dispute(order, number):
    fact = Fact(order.stream, {"fields": ["amount_fen"]}, key=f"{order.stream}#{number}")
    send_notice(PAYMENT_DISPUTED, cast.staff("service_agent").user, fact, by=cast.SYSTEM)


def test_news_rings_on_any_page_and_is_read_by_keyboard(seated):
    agent = seated("service_agent")
    bell = agent.locator("[data-bell]")
    expect(bell.locator("[data-unread]")).to_be_hidden()

    order = make_order("unpaid")
    dispute(order, 1)
    expect(bell.locator("[data-unread]")).to_have_text("1")

    bell.click()
    agent.wait_for_url("**/admin/desk/notices/")
    expect(rows(agent)).to_have_count(1)
    expect(agent.get_by_text(f"支付异常：订单 {order.number}")).to_be_visible()
    agent.evaluate("window.neverReloaded = true")
    dispute(order, 2)
    expect(rows(agent)).to_have_count(2)

    agent.keyboard.press("j")
    agent.get_by_role("button", name="标为已读", exact=True).first.click()
    expect(rows(agent)).to_have_count(1)
    agent.get_by_role("button", name="标为已读", exact=True).first.click()
    expect(agent.get_by_text("没有未读通知")).to_be_visible()
    assert agent.evaluate("window.neverReloaded")
    expect(bell.locator("[data-unread]")).to_be_hidden()

    agent.reload()
    agent.get_by_role("link", name=f"支付异常：订单 {order.number}").first.click()
    expect(agent).to_have_url(
        f"{agent.url.split('/admin/')[0]}/admin/orders/order/{order.pk}/change/"
    )


def test_preferences_are_chosen_and_kept(seated):
    agent = seated("service_agent")
    agent.goto(agent.url.split("/admin/")[0] + "/admin/desk/notices/preferences/")
    agent.get_by_label("邮箱").fill("kefu@shop.example")
    agent.get_by_label("勿扰时段").fill("22:00")
    agent.get_by_role("button", name="保存").click()
    expect(agent.get_by_text("勿扰时段要有起止时间")).to_be_visible()
    agent.locator("[name=quiet_ends]").fill("07:00")
    agent.get_by_role("button", name="保存").click()
    expect(agent.get_by_text("已保存，今后将按此通知您")).to_be_visible()
    expect(agent.get_by_label("邮箱")).to_have_value("kefu@shop.example")


def test_nothing_is_wider_than_a_phone(seated):
    agent = seated("service_agent")
    dispute(make_order("unpaid"), 1)
    agent.set_viewport_size({"width": 390, "height": 844})
    for path in ("", "preferences/"):
        agent.goto(agent.url.split("/admin/")[0] + f"/admin/desk/notices/{path}")
        assert agent.evaluate("document.documentElement.scrollWidth") <= 390
