"""The stage: durable servers, the demo's goods, granian with its ordinary flags, debug off."""

import os
import subprocess
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from urllib.error import URLError
from urllib.request import urlopen

from start.demo import manage, web
from start.environment import Surroundings
from start.ports import LOOPBACK, next_free

ROOT = Path(__file__).resolve().parent.parent


@contextmanager
def standing() -> Iterator[str]:
    """The shop's address; its environment is ours meanwhile, so that we can use its actions."""
    port = next_free(after=18_700)
    folder = ROOT / "var" / "bench"
    folder.mkdir(parents=True, exist_ok=True)
    here = Surroundings({**os.environ, "PORT": str(port)}, folder)
    with ExitStack() as running_servers:
        for server in here.servers.values():
            running_servers.enter_context(server)
        os.environ |= here.environment()
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
