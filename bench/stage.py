"""The stage: durable servers, the demo's goods, granian with its ordinary flags, debug off."""

import os
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.error import URLError
from urllib.request import urlopen

from start.demo import manage, web
from start.environment import Surroundings
from start.ports import LOOPBACK, next_free
from start.servers import Postgres, Valkey

ROOT = Path(__file__).resolve().parent.parent


@contextmanager
def standing() -> Iterator[str]:
    """The shop's address; its environment is ours meanwhile, so that we can use its actions."""
    folder = ROOT / "var" / "bench"
    port = next_free(after=18_700)
    with Postgres(folder / "postgres") as postgres, Valkey(folder / "valkey") as valkey:
        here = Surroundings({"PORT": str(port), "VAR": str(folder)}, folder)
        os.environ |= here.environment() | {
            "DATABASE_URL": postgres.url,
            "BROKER_URL": valkey.dsn(Valkey.BROKER),
            "CACHE_URL": valkey.dsn(Valkey.CACHE),
            "DEMO": "1",
            "DEBUG": "0",
        }
        subprocess.run(manage("prepare"), cwd=ROOT, check=True)
        with running(web(port), f"http://{LOOPBACK}:{port}") as url:
            yield url


@contextmanager
def running(command: list[str], url: str) -> Iterator[str]:
    server = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL)
    try:
        wait_for(f"{url}/readyz")
        yield url
    finally:
        server.terminate()
        server.wait(20)


def wait_for(address: str) -> None:
    for _ in range(300):
        try:
            with urlopen(address, timeout=2):  # noqa: S310 - our own server
                return
        except (URLError, OSError):
            time.sleep(0.1)
    raise SystemExit(f"{address} does not answer")
