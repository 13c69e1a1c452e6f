"""The picture of a report: one figure day by day, with our own Chinese font.

matplotlib takes seconds to import and much memory: only what draws imports it, by this module's
function. Pictures are PNG at twice their size; mail programs show neither SVG nor data URIs.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from io import BytesIO
from typing import Any, NamedTuple

from shop.doors.documents import FONT

WIDTH, HEIGHT = 592, 208  # pixels as the mail shows it
SCALE = 2
GREEN, GREY, PALE, INK = "#1f7a5c", "#5d6b64", "#a9b5ae", "#24302b"


class Point(NamedTuple):
    """A day of the picture; None was not measured, and is a gap in the line."""

    day: date
    value: float | None
    label: str


def trend_chart(
    points: Sequence[Point], days: Sequence[str], before: Sequence[Point] = ()
) -> bytes:
    """The PNG. `days` stand under the axis; the last, highest and lowest say their value.

    `before` is drawn behind them, dashed, from the same place on.
    """
    from matplotlib.figure import Figure
    from matplotlib.font_manager import FontProperties

    font = FontProperties(fname=str(FONT), size=9.5)
    figure = Figure(figsize=(WIDTH / 100, HEIGHT / 100), dpi=100 * SCALE, facecolor="white")
    axes = figure.add_axes((0.015, 0.19, 0.97, 0.74))
    places = range(len(points))
    values = [float("nan") if point.value is None else point.value for point in points]
    if before:
        earlier = [float("nan") if point.value is None else point.value for point in before]
        axes.plot(range(len(before)), earlier, color=PALE, linewidth=1.4, linestyle=(0, (4, 3)))
    axes.plot(places, values, color=GREEN, linewidth=1.8, marker="o", markersize=3.2)
    axes.fill_between(
        places, values, min_of([*points, *before]), color=GREEN, alpha=0.08, linewidth=0
    )
    _frame(axes, [*points, *before], max(len(points), len(before)))
    axes.set_xticks(list(places), days, fontproperties=font, color=GREY)
    lowest, *_higher = sorted(telling(points), key=lambda place: points[place].value or 0.0) or [-1]
    for place in telling(points):
        is_below = place == lowest < len(points) - 1 and has_room_below(points, place)
        _say(axes, place, points, font, is_below=is_below)
    drawn = BytesIO()
    figure.savefig(drawn, format="png", metadata={"Software": None})
    return drawn.getvalue()


def telling(points: Sequence[Point]) -> list[int]:
    """The places that say their value: the lowest, the highest, and the last."""
    known = [place for place, point in enumerate(points) if point.value is not None]
    if not known:
        return []
    values = {place: points[place].value or 0 for place in known}
    return sorted(
        {min(known, key=values.__getitem__), max(known, key=values.__getitem__), known[-1]}
    )


def has_room_below(points: Sequence[Point], place: int) -> bool:
    """Whether a value stands so far above the axis that words fit between."""
    highest = max((point.value or 0.0 for point in points), default=0.0)
    above = (points[place].value or 0.0) - min_of(points)
    return above > (highest - min_of(points)) / 6


def min_of(points: Sequence[Point]) -> float:
    """Where the axis begins: at zero, or below it where a figure is."""
    return min([0.0, *(point.value or 0.0 for point in points)])


def _frame(axes: Any, points: Sequence[Point], places: int) -> None:
    highest = max((point.value or 0.0 for point in points), default=0.0)
    lowest = min_of(points)
    axes.set_ylim(lowest, lowest + ((highest - lowest) or 1.0) * 1.22)
    axes.set_xlim(-0.6, places - 0.4)
    axes.set_yticks([])
    for side in ("top", "left", "right"):
        axes.spines[side].set_visible(False)
    axes.spines["bottom"].set_color("#d5dbd8")
    axes.tick_params(axis="x", length=0, pad=6)


def _say(axes: Any, place: int, points: Sequence[Point], font: Any, *, is_below: bool) -> None:
    """On a white ground, so that no line runs through a figure."""
    from matplotlib.patheffects import withStroke

    is_last = place == len(points) - 1
    axes.annotate(
        points[place].label,
        (place, points[place].value),
        xytext=(8 if is_last else 0, -7 if is_below else 7),
        textcoords="offset points",
        ha="right" if is_last else "left" if place == 0 else "center",
        va="top" if is_below else "bottom",
        fontproperties=font,
        color=INK,
        path_effects=[withStroke(linewidth=3, foreground="white")],
    )
