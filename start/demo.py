"""The programs of the shop, as data: what `make run` keeps running."""

import asyncio
import contextlib
import sys
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from urllib.parse import urlsplit

from start.environment import Surroundings
from start.errors import PortTaken
from start.ports import LOOPBACK, is_free, next_free
from start.prepared import Prepared
from start.programs import Program


def programs(here: Surroundings, root: Path, welcome: Callable[[], None]) -> Iterator[Program]:
    """In the order their lines are coloured and they are launched. `welcome`: when web is ready."""
    program = partial(Program, env=here.environment(), cwd=root)
    note = Prepared(here, root)
    if note.holds:
        stored = partial(program, after=tuple(here.servers))
    else:
        stored = partial(program, after=("prepare",))
        yield program("prepare", manage("prepare"), after=tuple(here.servers), once=True)
    answering = partial(answers, here)
    yield stored("web", web(here.port), ready=answering, welcome=note.before(welcome))
    behind = partial(stored, nice=10)  # pages first: the address answers 3 s sooner on two cores
    yield behind("worker", worker())
    yield behind("relay", manage("relay"))
    if here.simulates_wechat:
        yield simulator(here, root)
    if here.simulates_carriers:
        yield carriers(here, root)
    if here.catches_mail:
        yield program("mail", mail_catcher(here.mail_port, here.folder("mail")))
    if here.is_demo:
        yield program("logins", manage("demo_logins"), after=("web",), once=True, plain=True)
        if here.simulates_wechat:
            yield program("shoppers", manage("shop_along"), after=("web", "wechat"), nice=10)


def manage(*words: str) -> list[str]:
    return [sys.executable, "manage.py", *words]


def web(port: int) -> list[str]:
    serve = [sys.executable, "-m", "granian", "shop.wsgi:application", "--interface=wsgi"]
    size = ["--workers=2", "--blocking-threads=2", "--no-ws", "--respawn-failed-workers"]
    return [*serve, *size, f"--host={LOOPBACK}", f"--port={port}", "--workers-kill-timeout=10"]


def worker() -> list[str]:
    """Root may run it here: only JSON is accepted, which is what Celery's warning is about."""
    python = [sys.executable, "-W", "ignore:You're running the worker:UserWarning"]
    size = ["--pool=threads", "--concurrency=4", "--without-gossip", "--without-mingle"]
    return [*python, *CELERY, "worker", *size, "--loglevel=INFO"]


CELERY = ("-m", "celery", "-A", "shop", "--quiet")


def simulator(here: Surroundings, root: Path) -> Program:
    """WeChat's side: its private keys are in nobody else's environment."""
    own = {
        "SIMULATOR_PORT": str(here.simulator_port),
        "SIMULATOR_STATE": str(here.folder("wechat") / "state"),
    }
    keys = here.keys.simulator_environment() | own
    argv = [sys.executable, "-m", "shop.vendors.wechat.simulator"]
    return Program("wechat", argv, env=here.environment() | keys, cwd=root)


def carriers(here: Surroundings, root: Path) -> Program:
    """快递100's side; a demo parcel is scanned every few minutes, signed for within the hour."""
    own = {
        "SIMULATOR_PORT": str(here.carriers_port),
        "SIMULATOR_PACE": "240" if here.is_demo else "0",
        "SIMULATOR_STATE": str(here.folder("carriers") / "state"),
    }
    argv = [sys.executable, "-m", "shop.vendors.carriers.simulator"]
    return Program("carriers", argv, env=here.environment() | own, cwd=root, nice=10)


def mail_catcher(port: int, folder: Path) -> list[str]:
    catcher = [sys.executable, "-m", "start.mail_catcher"]
    return [*catcher, f"--port={port}", f"--folder={folder}"]


def refuse_taken_port(port: int) -> None:
    if not is_free(port):
        raise PortTaken(
            f"Port {port} of this machine is taken by another program.",
            advice=f"If that is this shop, it is running already: http://{LOOPBACK}:{port}/\n"
            f"Otherwise choose another port: PORT={next_free(port)} make run",
        )


async def answers(here: Surroundings) -> bool:
    """Whether the web server says it is ready, with everything it needs."""
    host = urlsplit(here.address).netloc
    question = f"GET /readyz HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n"
    with contextlib.suppress(OSError, TimeoutError):
        async with asyncio.timeout(5):
            reader, writer = await asyncio.open_connection(LOOPBACK, here.port)
            with contextlib.closing(writer):
                writer.write(question.encode())
                return (await reader.readline()).split()[1:2] == [b"200"]
    return False
