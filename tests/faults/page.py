"""`python -m tests.faults.page`: docs/reliability.md, drawn from docs/reliability.json.

What the last runs recorded goes into the JSON first, a figure of the same case and form replacing
the older one. So a soak of a few cases renews those and keeps the others, each with its commit.
"""

import json
import re
import subprocess
from dataclasses import asdict

from start import binaries
from tests.faults.figures import ROOT, Figure, recorded

KEPT = ROOT / "docs" / "reliability.json"
PAGE = ROOT / "docs" / "reliability.md"
HEAD = """# What it withstands

Each line is a case of the fault rig that passed, and what it found. `make soak` writes this page
from what the tests record; nothing here is typed in. `suite` is the short form that every
`make test` runs, `soak` the long one. How a fact travels is told in
[architecture.md](architecture.md#from-a-fact-to-its-effect), which tests stage which case in
[maps/faults.md](maps/faults.md).

The programs are the shop's own (`manage.py relay`, `celery worker`, granian) as processes of their
own; PostgreSQL is durable (fsync and synchronous commit on), its immediate stop is SIGQUIT. They
share one machine with the load and the receiver. {servers}
WeChat is played by our simulator, a process of its own; the receiver of pushes is a test server
that keys by event id.
"""


def main() -> None:
    figures = {(one.case, one.form): one for one in [*kept(), *recorded()]}
    ordered = sorted(figures.values(), key=lambda one: (*_in_order(one.case), one.form))
    KEPT.write_text(
        json.dumps([asdict(one) for one in ordered], ensure_ascii=False, indent=1) + "\n"
    )
    PAGE.write_text(page(ordered))
    print(f"{len(ordered)} figures in {PAGE.relative_to(ROOT)}")


def kept() -> list[Figure]:
    return [Figure(**one) for one in json.loads(KEPT.read_text())] if KEPT.exists() else []


def page(figures: list[Figure]) -> str:
    lines = [HEAD.format(servers=servers())]
    lines += ["| case | form | found | target | seed | commit | date |", "| --- " * 7 + "|"]
    for one in figures:
        row = (one.case, one.form, one.found, one.target, one.seed or "–", one.commit, one.date)
        lines.append(f"| {' | '.join(map(str, row))} |")
    lines += ["", "Where, and how to run it again:", ""]
    lines += [f"- {machine}" for machine in sorted({one.machine for one in figures})]
    lines += ["", "```"]
    lines += sorted({one.command for one in figures if one.form == "soak"})
    return "\n".join([*lines, "```", ""])


def servers() -> str:
    """Which servers the runs of this machine use."""
    postgres = _version(binaries.postgres_folder() / "postgres")
    return f"{postgres}; the broker and cache are {_version(binaries.valkey_program())}."


def _version(program: object) -> str:
    told = subprocess.run(
        [str(program), "--version"], capture_output=True, text=True, check=True
    ).stdout
    number = re.search(r"\d+\.\d+(\.\d+)?", told)
    assert number, told
    return f"{'PostgreSQL' if 'PostgreSQL' in told else 'Valkey'} {number[0]}"


def _in_order(case: str) -> tuple[str, int, str]:
    found = re.match(r"([A-Z]+)(\d+)(.*)", case)
    return (found[1], int(found[2]), found[3]) if found else (case, 0, "")


if __name__ == "__main__":
    main()
