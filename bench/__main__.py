"""`make bench`: what the shop's pages and orders cost beside the limit; docs/performance.md.

The limit, "raw", is the least that PostgreSQL and a Python web application can do for the same
answers (bench/raw): the same server with the same flags, the same rows, in alternating rounds. A
ratio of one run can be compared with that of another machine; a rate cannot.
"""

import argparse
from contextlib import ExitStack
from pathlib import Path

import django

from bench.meters import Statements
from bench.rounds import Bench
from bench.stage import set_up

ROUNDS, SECONDS = 5, 3.0


def main() -> None:
    asked = arguments()
    with set_up() as stage, ExitStack() as running:
        django.setup()
        from bench.goods import fill
        from bench.works import works

        say(f"{fill()} products")
        statements = Statements(stage.database_url)
        running.callback(statements.close)
        lay_raw_tables(stage.database_url)
        running.enter_context(stage.ours.running())
        running.enter_context(stage.raw.running())
        bench = Bench(stage, statements, say)
        chosen = [work for work in works() if asked.only in f"{work.code} {work.name}"]
        results = bench.compare(chosen, asked.rounds, asked.seconds)
        for result in results:
            ours, raw = result.ours, result.raw
            say(f"{result.work.code} {result.work.name:<24} {result.ratio:.2f}  p95 x{result.p95_times:.1f} "
                f"cpu {result.median('ours','web_ms'):.2f}+{result.median('ours','store_ms'):.2f} / {result.median('raw','web_ms'):.2f}+{result.median('raw','store_ms'):.2f} "
                f"sql {ours[-1].statements:.1f}/{raw[-1].statements:.1f} bytes {ours[-1].size}/{raw[-1].size}")


def lay_raw_tables(url: str) -> None:
    import psycopg

    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute((Path(__file__).parent / "raw" / "schema.sql").read_text())


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=ROUNDS)
    parser.add_argument("--seconds", type=float, default=SECONDS, help="of each side in a round")
    parser.add_argument("--only", default="", help="works whose code or name holds this")
    return parser.parse_args()


def say(line: str) -> None:
    print(line, flush=True)


if __name__ == "__main__":
    main()
