"""The stage: durable servers, the shop's goods, and two web servers of the same kind side by side.

Both are granian with the ordinary flags of `make run` (two processes, two threads each); debug is
off, the middleware is the real one, commits are durable. PostgreSQL counts its statements.
"""

import os
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import ClassVar
from urllib.error import URLError
from urllib.request import urlopen

from start.demo import manage, web
from start.environment import Surroundings
from start.ports import LOOPBACK, next_free
from start.processes import die_with_parent
from start.servers import Postgres, Server, Valkey

ROOT = Path(__file__).resolve().parent.parent
RAW = "bench.raw.app:application"
READY_SECONDS = 180


class CountingPostgres(Postgres):
    """Tells how many statements it ran; otherwise as the shop has it."""

    SETTINGS: ClassVar = {
        **Postgres.SETTINGS,
        "shared_preload_libraries": "pg_stat_statements",
        "shared_buffers": "512MB",
    }


class BenchSurroundings(Surroundings):
    @cached_property
    def servers(self) -> dict[str, Server]:
        servers: dict[str, Server] = {
            "valkey": Valkey(self.var / "valkey"),
            "postgres": CountingPostgres(self.var / "postgres"),
        }
        for server in servers.values():
            server.settle()
        return servers


@dataclass
class Web:
    """One web server: how it is started, where it listens, and the process while it runs."""

    command: list[str]
    port: int
    ready: str
    pid: int = 0

    @contextmanager
    def running(self, **env: str) -> Iterator[float]:
        """Until the block ends; yields the seconds it took until it was ready."""
        with program(self.command, **env) as process:
            self.pid = process.pid
            yield wait_for(f"http://{LOOPBACK}:{self.port}{self.ready}", process)


@dataclass
class Stage:
    """Everything that runs: its process numbers, ports and environment."""

    here: BenchSurroundings
    ours: Web
    raw: Web

    @property
    def url(self) -> str:
        return f"http://{LOOPBACK}:{self.ours.port}"

    @property
    def database_url(self) -> str:
        return self.here.environment()["DATABASE_URL"]

    @property
    def store_pids(self) -> tuple[int, ...]:
        return tuple(server.pid for server in self.here.servers.values())


@contextmanager
def set_up(folder: Path = ROOT / "var" / "bench") -> Iterator[Stage]:
    """Servers of its own, prepared, and their addresses in our own environment; no web yet."""
    folder.mkdir(parents=True, exist_ok=True)
    port = next_free(after=18_700)
    said = {**os.environ, "PORT": str(port), "DEMO": os.environ.get("DEMO", "0"), "DEBUG": "0"}
    here = BenchSurroundings(said, folder)
    with ExitStack() as running:
        for server in here.servers.values():
            running.enter_context(server)
        os.environ |= here.environment() | {"DJANGO_SETTINGS_MODULE": "shop.settings"}
        subprocess.run(manage("prepare"), cwd=ROOT, check=True)
        yield Stage(here, Web(web(port), port, "/readyz"), raw_web(next_free(after=port)))


def raw_web(port: int) -> Web:
    """The shop's own command line but for the application and the port."""
    command = [RAW if word == "shop.wsgi:application" else word for word in web(port)]
    return Web(command, port, "/healthz")


@contextmanager
def program(command: list[str], **env: str) -> Iterator[subprocess.Popen[bytes]]:
    """Ends with the block, and with us whatever becomes of us."""
    process = subprocess.Popen(
        command,
        cwd=ROOT,
        env=os.environ | env,
        stdout=subprocess.DEVNULL,
        preexec_fn=die_with_parent(signal.SIGTERM),
    )
    try:
        yield process
    finally:
        process.terminate()
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def wait_for(address: str, process: subprocess.Popen[bytes]) -> float:
    """Seconds until it answers with 200. Ends the bench when it ends, or takes too long."""
    began = time.monotonic()
    while process.poll() is None and time.monotonic() - began < READY_SECONDS:
        try:
            with urlopen(address, timeout=2):  # noqa: S310 - our own server
                return time.monotonic() - began
        except (URLError, OSError):
            time.sleep(0.02)
    raise SystemExit(f"{address} does not answer")
