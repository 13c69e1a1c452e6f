"""Staff in real browsers: a plugin (`-p tests.browsers`), so that every folder finds them."""

import pytest

PATIENCE = 60_000  # milliseconds: a slow machine is no failure
DESKS = {"service_agent": "/admin/desk/service/", "warehouse": "/admin/desk/warehouse/"}


@pytest.fixture(scope="session")
def browser(chromium):
    from playwright.sync_api import expect, sync_playwright

    expect.set_options(timeout=PATIENCE)
    with pytest.MonkeyPatch.context() as patch, sync_playwright() as tools:
        patch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "1")  # Playwright keeps a loop on this thread
        started = tools.chromium.launch(
            executable_path=chromium, args=["--no-sandbox", "--disable-gpu"]
        )
        yield started
        started.close()


@pytest.fixture
def seated(browser, live_server):
    """Signs a post in through the form; the page is its desk. Errors in the console fail."""
    from shop.identity.actions import confirm_device, enrol_device  # models: not before Django
    from tests import cast
    from tests.doors.test_sign_in import code_of

    complaints = []

    def sit(role, **context):
        actor = cast.staff(role)
        device = enrol_device(actor.user, by=actor)
        confirm_device(device, code_of(device, steps_ago=1), by=actor)
        page = browser.new_context(viewport={"width": 1366, "height": 768}, **context).new_page()
        page.set_default_timeout(PATIENCE)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("request", lambda request: complaints.append(request.url)
                if not request.url.startswith((live_server.url, "data:")) else None)  # fmt: skip
        page.goto(f"{live_server.url}/admin/")
        page.fill("#id_username", actor.user.username)
        page.fill("#id_password", cast.PASSWORD)
        page.fill("#id_otp_token", code_of(device))
        page.press("#id_otp_token", "Enter")
        page.wait_for_url(f"**{DESKS[role]}")
        page.evaluate("window.neverReloaded = true")
        return page

    yield sit
    for context in browser.contexts:
        context.close()
    assert not complaints
