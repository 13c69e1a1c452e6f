"""docs/performance.md, below its mark, from measured values alone."""

import os
import platform
import statistics
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from bench.contest import BUYERS, UNITS, Contest
from bench.rounds import Result
from bench.sales import Sales
from bench.stage import ROOT
from bench.starting import Memory, Start

PAGE = ROOT / "docs" / "performance.md"
MARK = "<!-- written by make bench -->"
PEAK_MARK = "<!-- written by make bench ARGS=peak -->"


@dataclass
class Measured:
    """One whole run. What was not asked for is None."""

    products: int
    rounds: int
    seconds: float
    results: list[Result] = field(default_factory=list)
    contest: Contest | None = None
    sales: Sales | None = None
    start: Start | None = None
    memory: Memory | None = None


def write(measured: Measured, page: Path = PAGE) -> str:
    """Replace what an earlier run wrote between the marks; returns the text."""
    text = "\n".join(lines_of(measured)) + "\n"
    replace_section(page, MARK, PEAK_MARK, text)
    return text


def replace_section(page: Path, begin: str, end: str, text: str) -> None:
    """What stands between two marks; what follows the second stays."""
    head, _mark, rest = page.read_text().partition(begin)
    _old, found, tail = rest.partition(end) if end else ("", "", "")
    page.write_text(f"{head}{begin}\n\n{text}" + (f"\n{found}{tail}" if found else ""))


def lines_of(measured: Measured) -> Iterator[str]:
    yield (
        f"{datetime.now(UTC):%Y-%m-%d %H:%M} UTC · {os.cpu_count()} processors · Python"
        f" {platform.python_version()} · load before it ended {os.getloadavg()[1]:.1f} ·"
        f" {measured.products} products · {measured.rounds} rounds of {measured.seconds:g} s a side"
    )
    yield ""
    if measured.results:
        yield from table(RATES, map(rates, measured.results))
        yield ""
        yield from table(COSTS, map(costs, measured.results))
        yield ""
    yield from table(SINGLE, singles(measured))


RATES = ("work", "ours /s", "raw /s", "ratio", "floor", "aim", "", "p95 ms, ours", "raw", "times")
COSTS = (
    "an answer", "CPU ms, web", "stores", "raw: web", "stores", "SQL", "raw", "bytes", "raw",
)  # fmt: skip
SINGLE = ("work", "ours", "raw", "floor", "aim", "")


def rates(result: Result) -> tuple[str, ...]:
    work = result.work
    return (
        f"{work.code} {work.name}",
        f"{result.median('ours', 'per_second'):.0f}",
        f"{result.median('raw', 'per_second'):.0f}",
        f"**{result.ratio:.2f}**",
        f"{work.floor:g}",
        f"{work.aim:g}",
        verdict(result.ratio >= work.floor, result.ratio >= work.aim),
        f"{result.median('ours', 'p95_ms'):.0f}",
        f"{result.median('raw', 'p95_ms'):.0f}",
        f"{result.p95_times:.1f}",
    )


def costs(result: Result) -> tuple[str, ...]:
    work = result.work
    names = ("web_ms", "store_ms")
    return (
        f"{work.code} {work.name}",
        *(f"{result.median('ours', name):.2f}" for name in names),
        *(f"{result.median('raw', name):.2f}" for name in names),
        *(f"{result.median(side, 'statements'):.1f}" for side in ("ours", "raw")),
        *(f"{result.median(side, 'size'):.0f}" for side in ("ours", "raw")),
    )


def singles(measured: Measured) -> Iterator[tuple[str, ...]]:
    for result in measured.results:
        if result.work.code == "W4":
            times = result.p95_times
            yield limited("W4 p95 of eight callers, times raw's", times, 1.0, 6.0, 3.0)
    if measured.contest:
        yield from contest_rows(measured.contest)
    if measured.sales:
        sold = measured.sales
        name = f"W6 daily sales, {sold.days} days, {sold.orders} orders: ms"
        row = limited(name, sold.ours_ms, sold.raw_ms, 50, 5)
        yield row if sold.days else (name, "", "", *row[3:5], "no day was measured")
    if measured.start:
        yield limited("W7 ready after: s", measured.start.ours, measured.start.raw, 4, 2.5)
    if measured.memory:
        held = measured.memory
        yield limited("W7 web and worker after the load: MB", held.ours, held.raw, 450, 350)


def contest_rows(found: Contest) -> Iterator[tuple[str, ...]]:
    sold = ", ".join(str(told[201]) for told in found.told)
    told = ", ".join(str(one[409]) for one in found.told)
    right = "reached" if found.is_right else "**missed**"
    yield f"W5 sold of {UNITS} to {BUYERS}", sold, "", str(UNITS), str(UNITS), right
    yield "W5 told that it is sold out", told, "", "", "", right
    ours, raw = statistics.median(found.ours), statistics.median(found.raw)
    pairs = zip(found.ours, found.raw, strict=True)
    times = statistics.median(one / other for one, other in pairs)
    good = verdict(times <= 5, times <= 3)
    yield f"W5 seconds (**{times:.1f}** times raw's)", f"{ours:.2f}", f"{raw:.2f}", "5×", "3×", good


def limited(name: str, ours: float, raw: float, floor: float, aim: float) -> tuple[str, ...]:
    """A row of a figure that had better be small."""
    good = verdict(ours <= floor, ours <= aim)
    return name, f"**{ours:.1f}**", f"{raw:.1f}", f"≤ {floor:g}", f"≤ {aim:g}", good


def verdict(reaches_floor: bool, reaches_aim: bool) -> str:
    if reaches_aim:
        return "aim"
    return "floor" if reaches_floor else "**missed**"


def table(head: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> Iterator[str]:
    yield f"| {' | '.join(head)} |"
    yield "|" + " --- |" * len(head)
    for row in rows:
        yield f"| {' | '.join(row)} |"
