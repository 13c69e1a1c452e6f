"""Folders and processes for the tests of the start."""

import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def ground() -> Iterator[Path]:
    """A folder with a space in its name that every user may pass (pytest's own are 0700)."""
    folder = Path(tempfile.mkdtemp(prefix="a shop "))
    folder.chmod(0o711)
    yield folder
    shutil.rmtree(folder)


@pytest.fixture(scope="session")
def data() -> Iterator[Path]:
    """One folder for many tests, as making PostgreSQL's files is most of the time of a test.

    Nothing runs in it when a test begins. Valkey's files may lie beside PostgreSQL's.
    """
    folder = Path(tempfile.mkdtemp(prefix="a shop "))
    folder.chmod(0o711)
    yield folder / "data"
    shutil.rmtree(folder)


@pytest.fixture
def script(ground: Path) -> Iterator[Callable[..., subprocess.Popen[str]]]:
    """Start Python source as a process in a session of its own; killed at the end of the test."""
    started: list[subprocess.Popen[str]] = []

    def start(source: str, *arguments: str, **options: Any) -> subprocess.Popen[str]:
        file = ground / f"script-{len(started)}.py"
        file.write_text(source)
        environment = {"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT), "LC_ALL": "C"}
        started.append(
            subprocess.Popen(
                [sys.executable, str(file), *arguments],
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                encoding="utf-8",
                cwd=ground,
                start_new_session=True,
                **{"env": environment, **options},
            )
        )
        return started[-1]

    yield start
    for process in started:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        assert process.stdout
        process.stdout.close()


def wait_until(condition: Callable[[], bool], seconds: float = 60) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.02)


def is_alive(pid: int) -> bool:
    """Neither gone nor a zombie that nobody has reaped yet."""
    state = subprocess.run(
        ["ps", "-o", "stat=", "-p", str(pid)], capture_output=True, text=True, check=False
    ).stdout
    return bool(state.strip()) and not state.startswith("Z")
