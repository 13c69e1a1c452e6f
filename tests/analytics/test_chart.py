"""The picture: every glyph is in our font, gaps are gaps, and what is told stands in it."""

import warnings
from datetime import date, timedelta

import pytest
from django.utils.translation import override
from PIL import Image

from analytics.rendering import wording
from analytics.rendering.chart import HEIGHT, SCALE, WIDTH, Point, telling, trend_chart
from shop.doors.documents import FONT
from shop.figures.registry import INDICATORS, Unit
from shop.figures.rules import Figure

FIRST = date(2026, 11, 5)


def points(*values, label=str):
    return [
        Point(FIRST + timedelta(days=n), value, "" if value is None else label(value))
        for n, value in enumerate(values)
    ]


def drawn(given, days=None):
    return trend_chart(given, days or [""] * len(given))


@pytest.fixture(autouse=True)
def _no_missing_glyph():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        yield


@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_every_word_that_a_picture_can_say_has_its_glyphs(language):
    """All names, all units, all days: one picture says them all."""
    with override(language):
        said = [str(indicator.name) for indicator in INDICATORS.values()]
        said += [wording.short(Figure(1_234_567, 3), unit) for unit in Unit]
        said += [wording.short(Figure(0, 0), Unit.RATIO), wording.short(None, Unit.FEN)]
        days = [f"{FIRST:%m-%d}\n{wording.weekday(FIRST + timedelta(days=n))}" for n in range(7)]
        for text in said:
            drawn(points(1, 2, 3, 2, 1, 3, 2, label=lambda _value, text=text: text), days)


def test_the_control_a_glyph_that_our_font_lacks_is_noticed():
    with pytest.raises(UserWarning, match="missing from font"):
        drawn(points(1, 2, label=lambda _value: "𠮷"))


def test_it_is_twice_as_large_as_it_is_shown_and_light(tmp_path):
    picture = tmp_path / "trend.png"
    picture.write_bytes(drawn(points(*range(14))))
    with Image.open(picture) as image:
        assert image.size == (WIDTH * SCALE, HEIGHT * SCALE)
    assert picture.stat().st_size < 80_000


def test_the_same_figures_are_the_same_bytes():
    assert drawn(points(3, 1, 2)) == drawn(points(3, 1, 2))


@pytest.mark.parametrize(
    ("values", "places"),
    [((1, 3, 2), [0, 1, 2]), ((2, None, 1), [0, 2]), ((5, 5, 5), [0, 2]), ((None, 1, None), [1])],
)
def test_the_lowest_the_highest_and_the_last_say_their_value(values, places):
    assert telling(points(*values)) == places


@pytest.mark.parametrize("values", [(), (None, None), (None, 4, None), (0, 0), (-3, 2, -1)])
def test_days_without_a_value_are_gaps_and_nothing_at_all_is_a_picture_too(values):
    assert drawn(points(*values)).startswith(b"\x89PNG")


def test_the_font_comes_with_its_licence():
    licence = FONT.with_suffix(".LICENSE.txt").read_text()
    assert "SIL OPEN FONT LICENSE Version 1.1" in licence
    assert "Noto Sans CJK SC" in licence
