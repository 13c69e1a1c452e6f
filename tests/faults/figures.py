"""What the cases found: a JSON line each in var/reliability.jsonl, of which `page` is made."""

import json
import os
import platform
import subprocess
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path

from tests.faults.forms import PERCENT

ROOT = Path(__file__).parent.parent.parent
FILE = ROOT / "var" / "reliability.jsonl"


@dataclass(frozen=True)
class Figure:
    """One case's finding, and how to find it again."""

    case: str
    form: str  # suite or soak
    found: str
    target: str
    seed: int
    commit: str
    date: str
    machine: str
    command: str


def record(case: str, found: str, *, target: str, seed: int = 0, form: str = "suite") -> Figure:
    """Keep and print what a case found. Call it after its checks have passed."""
    test = os.environ.get("PYTEST_CURRENT_TEST", "").split(" ")[0]
    share = f"SOAK_PERCENT={PERCENT} " if form == "soak" and PERCENT != 100 else ""
    command = f'{share}make {"soak" if form == "soak" else "test"} ARGS="{test}"'
    today = f"{datetime.now(UTC):%Y-%m-%d}"
    figure = Figure(case, form, found, target, seed, COMMIT, today, machine(), command)
    FILE.parent.mkdir(exist_ok=True)
    with FILE.open("a") as file:
        file.write(json.dumps(asdict(figure), ensure_ascii=False) + "\n")
    print(f"\n{case} ({form}): {found}")
    return figure


def recorded() -> list[Figure]:
    """The latest of each case and form."""
    lines = FILE.read_text().splitlines() if FILE.exists() else []
    figures = [Figure(**json.loads(line)) for line in lines]
    return list({(figure.case, figure.form): figure for figure in figures}.values())


def commit() -> str:
    """The commit that ran; with a plus when files differed from it."""
    described = ["git", "describe", "--always", "--abbrev=9", "--dirty=+", "--exclude=*"]
    told = subprocess.run(described, cwd=ROOT, capture_output=True, text=True, check=False)
    return told.stdout.strip() or "unknown"


COMMIT = commit()  # read at the start: somebody may edit while it runs


@lru_cache
def machine() -> str:
    return f"{os.cpu_count()} × {_processor()}, Python {platform.python_version()}"


def _processor() -> str:
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            return line.partition(":")[2].strip()
    return platform.machine()
