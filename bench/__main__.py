"""`make bench`: what the shop's pages and orders cost beside the limit; docs/performance.md.

The limit, "raw", is the least that PostgreSQL and a Python web application can do for the same
answers (bench/raw): the same server with the same flags, the same rows, in alternating rounds. A
ratio of one run can be compared with that of another machine; a rate cannot.
"""

import argparse
import signal
import sys
from contextlib import ExitStack
from pathlib import Path

import django

from bench.stage import Stage, program, set_up
from start.demo import worker

ROUNDS, SECONDS = 5, 3.0


def main() -> None:
    asked = arguments()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    with set_up() as stage:
        django.setup()
        if asked.what == "peak":
            from bench.peak import find_peak

            find_peak(stage, say, is_short=asked.short)
        else:
            measure(stage, asked)


def measure(stage: Stage, asked: argparse.Namespace) -> None:
    from bench.contest import contest
    from bench.goods import fill
    from bench.meters import Statements
    from bench.report import Measured, write
    from bench.rounds import Bench
    from bench.sales import sales
    from bench.starting import memory, starts
    from bench.works import works

    measured = Measured(fill(), asked.rounds, asked.seconds)
    say(f"{measured.products} products")
    measured.start = starts(stage, min(asked.rounds, 3))
    say(f"ready after {measured.start.ours:.1f} s")
    lay_raw_tables(stage.database_url)
    with ExitStack() as running:
        statements = Statements(stage.database_url)
        running.callback(statements.close)
        running.enter_context(stage.ours.running())
        running.enter_context(stage.raw.running())
        celery = running.enter_context(program(worker()))
        chosen = [work for work in works() if asked.only in f"{work.code} {work.name}"]
        bench = Bench(stage, statements, say)
        measured.results = bench.compare(chosen, asked.rounds, asked.seconds)
        measured.contest = contest(stage, min(asked.rounds, 3))
        measured.memory = memory(stage, celery.pid)
        measured.sales = sales()
    text = write(measured, Path(asked.page))
    say(text)


def lay_raw_tables(url: str) -> None:
    import psycopg

    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute((Path(__file__).parent / "raw" / "schema.sql").read_text())


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("what", nargs="?", choices=["works", "peak"], default="works")
    parser.add_argument("--short", action="store_true", help="peak: seconds instead of minutes")
    parser.add_argument("--rounds", type=int, default=ROUNDS)
    parser.add_argument("--seconds", type=float, default=SECONDS, help="of each side in a round")
    parser.add_argument("--only", default="", help="works whose code or name holds this")
    parser.add_argument("--page", default="docs/performance.md", help="where the tables go")
    return parser.parse_args()


def say(line: str) -> None:
    print(line, flush=True)


if __name__ == "__main__":
    main()
