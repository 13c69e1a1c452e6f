"""The mail as a reader meets it: in Chromium, wide and narrow, with pictures and without."""

import pytest

from analytics.models import ReportContent
from analytics.rendering import shown_alone
from tests.analytics.reports import THURSDAY, a_wednesday, reader, tick

pytestmark = [pytest.mark.browser, pytest.mark.django_db, pytest.mark.article("AN10", "B2.2.1")]
WIDTHS = {"desk": 760, "phone": 390}
OVERFLOWS = "document.documentElement.scrollWidth > document.documentElement.clientWidth"
SMALLEST = """Math.min(...[...document.querySelectorAll('td, th, div, a')]
    .filter(e => [...e.childNodes].some(n => n.nodeType === 3 && n.textContent.trim()))
    .filter(e => e.getBoundingClientRect().height > 2)
    .map(e => parseFloat(getComputedStyle(e).fontSize)))"""


@pytest.fixture
def content(postman):
    reader()
    a_wednesday()
    tick(THURSDAY)
    return ReportContent.objects.get()


@pytest.fixture
def opened(browser):
    """Opens HTML as a page of this width; a request to anywhere fails the test."""
    asked = []

    def open_at(html, width):
        page = browser.new_context(viewport={"width": width, "height": 1000}).new_page()
        page.on("request", lambda request: asked.append(request.url)
                if not request.url.startswith(("data:", "about:", "cid:")) else None)  # fmt: skip
        page.set_content(html)
        return page

    yield open_at
    for context in browser.contexts:
        context.close()
    assert not asked


@pytest.mark.parametrize("width", WIDTHS)
def test_it_fits_its_window_and_can_be_read(content, opened, width, tmp_path):
    page = opened(shown_alone(content), WIDTHS[width])
    page.screenshot(path=tmp_path / f"{width}.png", full_page=True)
    assert not page.evaluate(OVERFLOWS)
    assert page.evaluate(SMALLEST) >= 14
    assert page.evaluate("document.querySelector('img').naturalWidth") == 2 * 592


@pytest.mark.parametrize("width", WIDTHS)
def test_without_pictures_it_says_the_same(content, opened, width):
    page = opened(content.html, WIDTHS[width])
    assert page.evaluate("document.querySelector('img').naturalWidth") == 0
    assert not page.evaluate(OVERFLOWS)
    told = page.inner_text("body") + page.get_attribute("img", "alt")
    for line in content.text.splitlines():
        for word in line.split():
            if word.startswith("¥") or word.isdecimal():
                assert word.rstrip("，。") in told, word
