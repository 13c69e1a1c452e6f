"""Servers for one run of the tests: fast, in a temporary folder, shared by its processes."""

import contextlib
import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

from start import places
from start.errors import ServerDidNotStart
from start.keys import kept_keys
from start.ports import LOOPBACK, kept_port
from start.servers import Postgres, Valkey

PREFIX = "shop-tests-"
RUNNING = "TEST_SERVERS"  # set to their folder while they run, so that xdist's workers share them


@contextlib.contextmanager
def test_servers() -> Iterator[None]:
    """PostgreSQL and Valkey, and every variable of the environment that names them or a secret.

    What the environment said before is put back at the end. External servers are never used: a
    test run must not reach a database that matters because a shell had DATABASE_URL set.
    """
    if RUNNING in os.environ:
        with _environment(_own_databases(os.environ.get("PYTEST_XDIST_WORKER", ""))):
            yield
        return
    forget_abandoned()
    with tempfile.TemporaryDirectory(prefix=PREFIX) as temporary:
        folder = Path(temporary)
        folder.chmod(0o711)  # root's servers run as nobody
        with (
            Postgres(folder / "postgres", fast=True) as postgres,
            Valkey(folder / "valkey", fast=True) as valkey,
            _environment(_test_environment(folder, postgres, valkey)),
        ):
            yield


def forget_abandoned() -> None:
    """Remove the folders of runs that were killed; those of living ones are locked."""
    for folder in Path(tempfile.gettempdir()).glob(f"{PREFIX}*"):
        with contextlib.suppress(OSError, ServerDidNotStart):
            if (folder / "postgres" / places.LOCK).exists():
                places.forget_home(folder / "postgres")
                shutil.rmtree(folder)


def _test_environment(folder: Path, postgres: Postgres, valkey: Valkey) -> dict[str, str]:
    vendors = f"http://{LOOPBACK}:{kept_port(folder / 'vendors-port')}"
    return {
        **kept_keys(folder / "keys").simulator_environment(),
        "DATABASE_URL": postgres.url,
        "BROKER_URL": valkey.dsn(Valkey.BROKER),
        "CACHE_URL": valkey.dsn(Valkey.CACHE),
        "WECHAT_API_URL": vendors,
        "WECHAT_PAY_URL": vendors,
        "WECHAT_TRADE_MANAGED": "0",  # tests of it switch it on: others pay past WeChat's books
        "KUAIDI100_KEY": "",  # tests of carriers have an account of their own
        "KUAIDI100_URL": vendors,
        "KUAIDI100_LABEL_URL": vendors,
        "VAR": str(folder / "var"),
        "DEBUG": "0",
        "DEMO": "0",
        RUNNING: str(folder),
    }


def _own_databases(worker: str) -> dict[str, str]:
    """Of the run's Valkey, for one of xdist's workers (gw0, gw1, …): what one forgets or takes off
    a queue is not another's."""
    number = worker.removeprefix("gw")
    if not number.isdecimal():
        return {}
    first = 2 * int(number) + 2
    return {
        variable: f"{os.environ[variable].rpartition('/')[0]}/{first + place}"
        for place, variable in enumerate(("BROKER_URL", "CACHE_URL"))
    }


@contextlib.contextmanager
def _environment(changes: dict[str, str]) -> Iterator[None]:
    before = dict(os.environ)
    os.environ.update(changes)
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(before)
