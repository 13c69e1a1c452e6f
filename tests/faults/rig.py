"""The rig: servers that may be killed, a staged shop per case, and the shop's programs on it."""

import json
import os
import signal
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import Any, Self
from urllib.request import urlopen

import psycopg

from start.demo import web, worker
from start.ports import LOOPBACK, free_port
from start.servers import Postgres, Server, Valkey
from tests import wechat as account
from tests.faults.nursery import Nursery
from tests.faults.processes import PATIENCE, Child, wait_until
from tests.faults.proxy import Proxy
from tests.wechat import Keys

BUYERS = 60
AWAY = "redis://127.0.0.1:9/0"  # nothing listens on the discard port
STAGE = "staged"


@dataclass(frozen=True)
class Staged:
    """What is in every case's database: one SKU on sale at 128 yuan, buyers with tokens."""

    sku: int
    buyers: list[dict[str, Any]]


class Ground:
    """PostgreSQL (durable, as in production), Valkey and the nursery, for all cases of a run."""

    def __init__(self, folder: Path, keys: Keys, wechat_url: str) -> None:
        folder.chmod(0o711)  # root's servers run as nobody
        self.folder = folder
        self.postgres = Postgres(folder / "postgres")
        self.valkey = Valkey(folder / "valkey")
        self.wechat = _wechat_environment(keys, wechat_url)
        self._numbers = count(1)

    def __enter__(self) -> Self:
        with ExitStack() as laid:
            laid.enter_context(self.postgres)
            laid.enter_context(self.valkey)
            self.nursery = laid.enter_context(Nursery(rig_environment(self)))
            self.staged = self._stage()
            self._laid = laid.pop_all()
        return self

    def __exit__(self, *_exception: object) -> None:
        self._laid.close()

    def fresh_database(self) -> str:
        """A database of its own for one case, as it was staged."""
        name = f"case_{next(self._numbers)}"
        with psycopg.connect(self.postgres.dsn("postgres"), autocommit=True) as connection:
            connection.execute(f"CREATE DATABASE {name} TEMPLATE {STAGE}")
            # Without it a crash sets the copied sequences back: their pages say that the values
            # ahead have been logged, and they have been, but for the template.
            connection.execute("CHECKPOINT")
        return name

    def _stage(self) -> Staged:
        with psycopg.connect(self.postgres.dsn("postgres"), autocommit=True) as connection:
            connection.execute(f"CREATE DATABASE {STAGE}")
        env = rig_environment(self) | {"DATABASE_URL": self.postgres.dsn(STAGE)}
        argv = ["manage.py", "stage", f"--buyers={BUYERS}"]
        stager = Child(self.nursery, argv, env, self.folder / "stage.log").start()
        stager.wait(4 * PATIENCE)
        return Staged(**json.loads(stager.said().strip().splitlines()[-1]))


def rig_environment(ground: Ground) -> dict[str, str]:
    """Everything but the addresses that a case decides on."""
    return {
        **os.environ,
        **ground.wechat,
        "DJANGO_SETTINGS_MODULE": "tests.faults.settings",
        "BROKER_URL": ground.valkey.dsn(Valkey.BROKER),
        "CACHE_URL": ground.valkey.dsn(Valkey.CACHE),
        "PYTHONPATH": str(Path(__file__).parent.parent.parent),
    }


def _wechat_environment(keys: Keys, url: str) -> dict[str, str]:
    return {
        "WECHAT_API_URL": url,
        "WECHAT_PAY_URL": url,
        "WECHAT_APPID": account.APPID,
        "WECHAT_SECRET": account.SECRET,
        "WECHAT_MCHID": account.MCHID,
        "WECHAT_API_V3_KEY": account.API_V3_KEY,
        "WECHAT_MERCHANT_SERIAL": account.MERCHANT_SERIAL,
        "WECHAT_MERCHANT_KEY_FILE": str(keys.file("merchant.pem")),
        "WECHAT_PAY_PUBLIC_KEY_ID": account.PUBLIC_KEY_ID,
        "WECHAT_PAY_PUBLIC_KEY_FILE": str(keys.file("platform-public.pem")),
    }


@dataclass
class Rig:
    """One case's shop. `env` is what its programs get besides; set it before they start."""

    ground: Ground
    folder: Path
    env: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.database = self.ground.fresh_database()
        asked(self.valkey, "FLUSHALL")  # whatever an earlier case left there
        self.staged = self.ground.staged
        self.port = free_port()
        self.children: list[Child] = []
        self._numbers = count(1)
        self._local = threading.local()

    @property
    def postgres(self) -> Postgres:
        return self.ground.postgres

    @property
    def valkey(self) -> Valkey:
        return self.ground.valkey

    @property
    def url(self) -> str:
        return f"http://{LOOPBACK}:{self.port}"

    @property
    def dsn(self) -> str:
        return self.postgres.dsn(self.database)

    def relay(self, **env: str) -> Child:
        return self._program("relay", ["manage.py", "relay"], env)

    def worker(self, **env: str) -> Child:
        return self._program("worker", worker()[3:], env)

    def web(self, port: int = 0, **env: str) -> Child:
        port = port or self.port
        env = {"PUBLIC_URL": self.url, "PORT": str(port)} | env
        return self._program("web", web(port)[1:], env)

    def command(self, *words: str, **env: str) -> str:
        """Run a management command to its end; what it printed."""
        child = self._program(words[0], ["manage.py", *words], env)
        child.wait(10 * PATIENCE)
        return child.said()

    def publish(self, subjects: int = 1, each: int = 1, **options: float) -> None:
        counts = {"subjects": subjects, "each": each} | options
        words = [f"--{name.replace('_', '-')}={value}" for name, value in counts.items()]
        said = self.command("publish_pushes", *words)
        assert "Error" not in said, said

    def sql(self, question: str, *values: object) -> list[tuple[Any, ...]]:
        """Rows, by a connection of this thread that outlives restarts of the server."""
        try:
            return self._ask(question, values)
        except psycopg.OperationalError:
            self._local.connection = None
            return self._ask(question, values)

    def one(self, question: str, *values: object) -> Any:
        return self.sql(question, *values)[0][0]

    def _ask(self, question: str, values: tuple[object, ...]) -> list[tuple[Any, ...]]:
        if getattr(self._local, "connection", None) is None:
            self._local.connection = psycopg.connect(
                self.dsn, autocommit=True, application_name="rig"
            )
        answer = self._local.connection.execute(question, values or None)
        return answer.fetchall() if answer.description else []

    def _program(self, name: str, argv: list[str], env: dict[str, str]) -> Child:
        whole = rig_environment(self.ground) | {"DATABASE_URL": self.dsn} | self.env | env
        log = self.folder / f"{name}-{next(self._numbers)}.log"
        child = Child(self.ground.nursery, argv, whole, log).start()
        self.children.append(child)
        return child

    def close(self) -> None:
        for child in self.children:
            if child.is_running:
                child.wake()
                child.kill()

    def wait_for_web(self, port: int = 0) -> float:
        url = f"http://{LOOPBACK}:{port or self.port}"
        return wait_until(lambda: answers(f"{url}/healthz"), "the web server answers")

    def is_carried(self) -> bool:
        """Nothing that was published is still owed."""
        return not self.one("SELECT count(*) FROM events_delivery WHERE state = 'pending'")

    def wait_until_carried(self, seconds: float = PATIENCE) -> float:
        return wait_until(self.is_carried, "every delivery is done", seconds)


def answers(url: str) -> bool:
    try:
        with urlopen(url, timeout=60) as answer:
            return bool(answer.status == 200)
    except OSError:
        return False


def crash(server: Server, number: signal.Signals) -> None:
    """Send our own server the signal and wait for its end; it is not started again."""
    os.kill(server.pid, number)
    wait_until(lambda: not server.is_running(), f"{server.title} is down")


def restart(server: Server) -> float:
    """Start it again on the same files and port; seconds until it answered."""
    server.launch()
    return wait_until(server.is_ready, f"{server.title} answers again")


def asked(valkey: Valkey, command: str) -> str:
    """The answer, as its protocol writes it."""
    return valkey._ask(f"AUTH {valkey.password}", command).splitlines()[1]


@contextmanager
def before_broker(rig: Rig) -> Iterator[Proxy]:
    """Workers and relays started within the block reach the broker through the proxy."""
    with Proxy(rig.valkey.port) as proxy:
        through = rig.valkey.dsn(Valkey.BROKER).replace(f":{rig.valkey.port}/", f":{proxy.port}/")
        rig.env["BROKER_URL"] = through
        yield proxy
