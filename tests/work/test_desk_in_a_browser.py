"""My work in a real browser, by keyboard: taken, finished, and nothing reloaded."""

import pytest

playwright = pytest.importorskip("playwright.sync_api")

from orders.actions import open_exception  # noqa: E402
from shop.work.models import WorkItem  # noqa: E402
from tests import cast  # noqa: E402
from tests.make import make_order  # noqa: E402

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
expect = playwright.expect


def test_a_case_appears_on_home_is_taken_and_finished_without_a_reload(seated):
    agent = seated("service_agent")
    agent.goto(agent.url.split("/admin/")[0] + "/admin/")
    agent.evaluate("window.neverReloaded = true")
    rows = agent.locator(".desk-row:not(.is-done)")
    expect(rows).to_have_count(0)

    open_exception(make_order("paid"), "other", by=cast.staff("warehouse"))
    expect(rows).to_have_count(1)
    expect(agent.locator(".desk-tally")).to_contain_text("1 项待办")
    expect(rows.locator(".desk-due")).to_contain_text("剩")

    agent.keyboard.press("j")
    agent.keyboard.press("Enter")
    expect(rows.get_by_text("办理中")).to_be_visible()
    expect(rows).to_have_count(1)

    agent.keyboard.press("j")
    agent.keyboard.press("Enter")
    agent.locator("dialog[open] textarea").fill("已和顾客说好")
    agent.locator("dialog[open] button.is-primary").click()
    expect(rows).to_have_count(0)
    expect(agent.locator(".desk-tally")).to_contain_text("0 项待办")
    assert WorkItem.objects.get().done == "已和顾客说好"
    assert agent.evaluate("window.neverReloaded")
