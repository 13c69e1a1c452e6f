"""Starts the shop's programs by fork from a process that has imported the shop's code already.

A program started from nothing spends seconds on imports; a fork does not, and so a case that
kills fifty relays can run in every build. What is forked has opened no connection: it takes an
environment of its own, reads the settings again from it, and is a process of its own.
"""

import importlib
import json
import os
import runpy
import signal
import subprocess
import sys
import threading
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Self

from start.processes import die_with_parent

ROOT = Path(__file__).parent.parent.parent
CODE = ("celery.apps.worker", "celery.bin.celery", "celery.concurrency.thread", "shop.urls",
        "celery.fixups.django", "kombu.transport.redis", "tests.make")  # fmt: skip


class Nursery:
    """The process that forks. Use it as a context manager, from a thread that lives as long."""

    def __init__(self, env: dict[str, str]) -> None:
        self.env = env

    def __enter__(self) -> Self:
        self._lock = threading.Lock()
        self._process = subprocess.Popen(
            [sys.executable, "-W", "ignore", "-m", __name__],
            cwd=ROOT,
            env=self.env,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        return self

    def __exit__(self, *_exception: object) -> None:
        assert self._process.stdin
        self._process.stdin.close()
        self._process.wait(120)

    def fork(self, argv: Sequence[str], env: dict[str, str], log: Path) -> int:
        """Start `argv` (a script, or `-m module`, and its arguments); the pid of its group."""
        assert self._process.stdin and self._process.stdout
        with self._lock:
            wanted = {"argv": list(argv), "env": env, "log": str(log)}
            self._process.stdin.write(json.dumps(wanted) + "\n")
            self._process.stdin.flush()
            return int(self._process.stdout.readline())


def serve() -> None:
    import django

    django.setup()
    for module in CODE:
        importlib.import_module(module)
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # the kernel buries them
    leash = die_with_parent(signal.SIGKILL)
    for line in sys.stdin:
        wanted = json.loads(line)
        if (pid := os.fork()) == 0:
            leash()
            _become(**wanted)
        print(pid, flush=True)


def _become(argv: list[str], env: dict[str, str], log: str) -> None:
    """In the fork: a group, a log, an environment of its own; then the program, and the end."""
    os.setpgid(0, 0)
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    out = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    os.dup2(out, 1)
    os.dup2(out, 2)
    os.environ.clear()
    os.environ.update(env)
    code = 0
    try:
        _read_settings_again()
        _run(argv)
    except SystemExit as end:
        code = end.code if isinstance(end.code, int) else int(end.code is not None)
    except BaseException:
        sys.excepthook(*sys.exc_info())
        code = 1
    sys.stdout.flush()
    os._exit(code)


def _read_settings_again() -> None:
    from django.apps import apps
    from django.conf import settings
    from django.core.cache import caches
    from django.db import connections

    import shop.settings
    import tests.faults.settings

    importlib.reload(shop.settings)
    importlib.reload(tests.faults.settings)
    for name in filter(str.isupper, dir(tests.faults.settings)):
        setattr(settings, name, getattr(tests.faults.settings, name))
    for handler in (connections, caches):
        with suppress(AttributeError):  # nobody had asked for it yet
            del handler["default"]
        vars(handler).pop("settings", None)
        handler._settings = None
    apps.get_app_config("pushes").ready()


def _run(argv: list[str]) -> None:
    if argv[0] == "-m":
        sys.argv = argv[1:]
        runpy.run_module(argv[1], run_name="__main__", alter_sys=True)
    else:
        sys.argv = argv
        sys.path.insert(0, str(ROOT))
        runpy.run_path(argv[0], run_name="__main__")


if __name__ == "__main__":
    serve()
