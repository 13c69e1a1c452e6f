"""The manager edits the year by keyboard alone, and sees what publishing would do."""

import pytest

playwright = pytest.importorskip("playwright.sync_api")

from shop.timing.models import CalendarDay  # noqa: E402
from tests.doors.conftest import desk_of  # noqa: E402
from tests.make import make_calendar  # noqa: E402

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
expect = playwright.expect


@pytest.fixture
def page(browser, live_server):
    """The operations manager's browser, signed in; an error in its console fails the test."""
    complaints = []
    context = browser.new_context(viewport={"width": 1366, "height": 768})
    cookies = desk_of("operations_manager").cookies.items()
    context.add_cookies(
        [{"name": name, "value": one.value, "url": live_server.url} for name, one in cookies]
    )
    page = context.new_page()
    page.on("pageerror", lambda error: complaints.append(str(error)))
    yield page
    context.close()
    assert not complaints


def test_a_day_is_found_made_a_holiday_and_published_by_keyboard(page, live_server):
    calendar = make_calendar()
    page.goto(f"{live_server.url}/admin/desk/calendars/{calendar.pk}/2026/")
    page.focus("[data-day='2026-11-16']")
    for key in ("ArrowDown", "ArrowRight", "ArrowRight", "ArrowLeft"):
        page.keyboard.press(key)
    expect(page.locator("[data-day='2026-11-24']")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("[data-edits] [name=kind][value=normal]")).to_be_focused()
    expect(page.locator("[data-edits] [name=name]")).to_be_hidden()
    page.keyboard.press("ArrowDown")
    expect(page.locator("[data-edits] [name=name]")).to_be_visible()
    expect(page.locator("[data-edits] [name=follows]")).to_be_hidden()
    page.keyboard.press("Tab")
    page.keyboard.type("店庆")
    page.keyboard.press("Tab")
    page.keyboard.type("管理层决定")
    page.keyboard.press("Enter")
    expect(page.get_by_text("发布后的变化")).to_be_visible()
    assert calendar.draft().days.get(day="2026-11-24").kind == CalendarDay.Kind.HOLIDAY
    page.get_by_role("button", name="发布").press("Enter")
    page.locator("#publish-dialog button.is-primary").press("Enter")
    expect(page.get_by_text("现在看到的是生效中的第 2 版")).to_be_visible()
    assert calendar.draft() is None


def test_page_up_and_down_turn_the_year(page, live_server):
    calendar = make_calendar()
    page.goto(f"{live_server.url}/admin/desk/calendars/{calendar.pk}/2026/")
    page.focus("[data-day='2026-03-01']")
    page.keyboard.press("PageDown")
    page.wait_for_url("**/2027/")
    expect(page.get_by_text("2027 年的放假安排还没有录入")).to_be_visible()
