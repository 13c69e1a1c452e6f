"""Alternating rounds: ours and raw take turns within each work, and who begins changes."""

import statistics
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from bench.load import Ask, Seen, run
from bench.meters import Statements, cpu_seconds
from bench.stage import Stage, Web
from bench.works import Work


@dataclass(frozen=True)
class Sample:
    """One side in one round. CPU is milliseconds an answer: of the web processes, and of
    PostgreSQL and Valkey together."""

    per_second: float
    p95_ms: float
    size: int
    web_ms: float
    store_ms: float
    statements: float

    @property
    def cpu_ms(self) -> float:
        return self.web_ms + self.store_ms


@dataclass
class Result:
    """A work's samples, round by round."""

    work: Work
    ours: list[Sample] = field(default_factory=list)
    raw: list[Sample] = field(default_factory=list)

    @property
    def ratio(self) -> float:
        """Ours to raw's rate: the median of the rounds' own ratios."""
        pairs = zip(self.ours, self.raw, strict=True)
        return statistics.median(ours.per_second / raw.per_second for ours, raw in pairs)

    @property
    def p95_times(self) -> float:
        pairs = zip(self.ours, self.raw, strict=True)
        return statistics.median(ours.p95_ms / raw.p95_ms for ours, raw in pairs)

    def median(self, side: str, name: str) -> float:
        return float(statistics.median(getattr(one, name) for one in getattr(self, side)))


@dataclass
class Bench:
    """What measures: the stage with both servers running, and the database's own counter."""

    stage: Stage
    statements: Statements
    say: Callable[[str], None]

    def compare(self, works: list[Work], rounds: int, seconds: float) -> list[Result]:
        """Round 0 warms up and is not kept."""
        results = [Result(work) for work in works]
        for number in range(rounds + 1):
            for result in results:
                self._play(result, number, seconds if number else min(seconds, 1.0))
        return results

    def _play(self, result: Result, number: int, seconds: float) -> None:
        work = result.work
        for name, web, asks in self._sides(work, number):
            sample = self.sample(web, asks, seconds)
            if number:
                getattr(result, name).append(sample)
        if number:
            ours, raw = result.ours[-1], result.raw[-1]
            self.say(
                f"round {number}  {work.code} {work.name:<24} ours {ours.per_second:7.0f}/s"
                f"  raw {raw.per_second:7.0f}/s  ratio {ours.per_second / raw.per_second:.2f}"
            )

    def _sides(self, work: Work, number: int) -> Iterator[tuple[str, Web, list[Ask]]]:
        sides = [("ours", self.stage.ours, work.ours), ("raw", self.stage.raw, work.raw)]
        yield from sides if number % 2 else reversed(sides)

    def sample(self, web: Web, asks: list[Ask], seconds: float) -> Sample:
        return self.metered(web, lambda: run(web.port, asks, seconds))[1]

    def metered(self, web: Web, ask: Callable[[], Seen]) -> tuple[Seen, Sample]:
        """Ends the bench on any answer but a good one, unless a 409 was to be expected."""
        self.statements.begin()
        before = cpu_seconds(web.pid), cpu_seconds(*self.stage.store_pids)
        seen = ask()
        after = cpu_seconds(web.pid), cpu_seconds(*self.stage.store_pids)
        statements = self.statements.counted()
        count = len(seen.answers)
        if stray := [one for one in seen.answers if one[0] >= 300 and one[0] != 409]:
            raise SystemExit(f"{len(stray)} answers were refused: {seen.first_refusal}")
        return seen, Sample(
            per_second=seen.per_second,
            p95_ms=seen.p95_ms,
            size=seen.bytes_each,
            web_ms=(after[0] - before[0]) * 1000 / count,
            store_ms=(after[1] - before[1]) * 1000 / count,
            statements=statements / count,
        )
