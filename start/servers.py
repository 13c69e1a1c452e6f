"""Real PostgreSQL and Valkey servers for the demo and the tests, started from their binaries.

    with Postgres("var/postgres") as postgres, Valkey("var/valkey") as valkey:
        postgres.url, valkey.url

Each listens on a loopback port of its own with a random password, keeps everything in one folder,
and ends with its parent. Start them from a thread that lives as long as they do.
"""

import contextlib
import os
import re
import secrets
import shutil
import signal
import socket
import subprocess
import time
from abc import ABC, abstractmethod
from pathlib import Path
from typing import BinaryIO, ClassVar, Self

from start import binaries, places, ports
from start.errors import ServerDidNotStart
from start.processes import Credentials, die_with_parent, unprivileged

LONGEST_LOG = 1_000_000  # bytes; a longer log starts afresh with the server
KNOWN_TROUBLE = {
    r"could not look up effective user|user does not exist": "PostgreSQL needs a user with a "
    "passwd entry: run as another user.",
    r"No space left": "The disk is full: free some space and start again.",
    r"incompatible with server|Can't handle RDB format": "The data was written by another "
    "version of the server: make clean forgets it.",
    r"[Aa]ddress already in use": "Another program took the port in this moment: start again.",
}


class Server(ABC):
    """One server process, its files in one folder, its port and password kept there."""

    title: ClassVar[str]
    parting: ClassVar[signal.Signals]  # asks for an orderly stop

    def __init__(self, data: Path | str, fast: bool = False) -> None:
        self.data, self.fast = Path(data).resolve(), fast
        self.home = self.data
        self.port = 0
        self.password = ""
        self._runner = unprivileged(self.data)
        self._lock: int | None = None
        self._process: subprocess.Popen[bytes] | None = None
        self._log_begins = 0

    @property
    def credentials(self) -> Credentials:
        return self._runner.credentials if self._runner else {}

    @property
    def pid(self) -> int:
        return self._process.pid if self._process else 0

    @property
    def log(self) -> Path:
        return self.home / "log"

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *exception: object) -> None:
        self.stop()

    def start(self, timeout: float = 30) -> None:
        """Return when the server answers. After ServerDidNotStart nothing is left running."""
        try:
            self.settle(patience=min(timeout, 5))
            self.launch()
            self._wait(timeout)
        except BaseException:
            self.stop()
            raise

    def settle(self, patience: float = 5) -> None:
        """Take the folder; from here on url is known. `patience` seconds for a previous server."""
        if self._lock is not None:
            return
        try:
            self.home = places.home_of(self.data, self._runner)
            self._lock = places.hold(self.home, patience)
            self.port = ports.kept_port(self.home / "port")
            self.password = self._kept_password()
        except PermissionError as error:
            raise self._no_access(error) from error

    def launch(self) -> None:
        """Start without waiting for readiness. A restart keeps port and password."""
        self.settle()
        self._prepare()
        with self._opened_log() as log:
            self._process = subprocess.Popen(
                self._command(),
                cwd=self.home,
                env={"PATH": os.defpath, "LC_ALL": "C", "TZ": "UTC"},
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                process_group=0,
                pass_fds=[] if self._lock is None else [self._lock],
                preexec_fn=die_with_parent(self.parting),
                **self.credentials,
            )

    def is_ready(self) -> bool:
        """Whether our own process answers. Raises ServerDidNotStart when it has ended."""
        if not self.is_running():
            code = self._process.returncode if self._process else None
            raise self._did_not_start(f"{self.title} ended with exit code {code}")
        return self._answers()

    def is_running(self) -> bool:
        return self._process is not None and self._process.poll() is None

    def stop(self, timeout: float = 20) -> None:
        """Ask for an orderly stop, insist after `timeout` seconds, and let go of the folder."""
        process, self._process = self._process, None
        if process:
            process.send_signal(self.parting)
            try:
                process.wait(timeout)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        if self._lock is not None:
            os.close(self._lock)
            self._lock = None

    def _kept_password(self) -> str:
        file = self.home / "password"
        if not file.exists():
            self.write(file, secrets.token_urlsafe(24))
        return file.read_text()

    def write(self, file: Path, text: str) -> None:
        """Write a file that only the server's user reads."""
        file.unlink(missing_ok=True)
        file.touch(mode=0o600, exist_ok=False)
        file.write_text(text)
        self._give(file)

    def _give(self, path: Path) -> Path:
        if self._runner:
            os.chown(path, self._runner.uid, self._runner.gid)
        return path

    def _opened_log(self) -> BinaryIO:
        if self.log.exists() and self.log.stat().st_size > LONGEST_LOG:
            self.log.unlink()
        log = self.log.open("ab")
        self._log_begins = log.tell()
        return log

    def _wait(self, timeout: float) -> None:
        deadline = time.monotonic() + timeout
        while not self.is_ready():
            if time.monotonic() > deadline:
                raise self._did_not_start(f"{self.title} was not ready within {timeout:g} s")
            time.sleep(0.02)

    def _did_not_start(self, what: str) -> ServerDidNotStart:
        with self.log.open("rb") as log:
            log.seek(self._log_begins)
            words = log.read().decode(errors="replace")
        advice = (
            f"The whole log is {self.log}. make clean forgets the demo's data for a fresh start."
        )
        for trouble, cure in KNOWN_TROUBLE.items():
            if re.search(trouble, words):
                advice = cure
        return ServerDidNotStart(f"{what}.", last_lines=words.splitlines()[-8:], advice=advice)

    def _no_access(self, error: PermissionError) -> ServerDidNotStart:
        return ServerDidNotStart(
            f"{self.title} cannot use {error.filename}: it belongs to another user.",
            advice="Run as the user who made it, or let that user run make clean.",
        )

    @property
    @abstractmethod
    def url(self) -> str:
        """What an environment variable of the shop holds."""

    @abstractmethod
    def _prepare(self) -> None:
        """Make what the server needs in its folder; called before every launch."""

    @abstractmethod
    def _command(self) -> list[str]: ...

    @abstractmethod
    def _answers(self) -> bool:
        """Whether this very process is ready: on a shared machine another one may hold a port."""


class Postgres(Server):
    """PostgreSQL with UTF-8 and the builtin C.UTF-8 locale, whatever LANG says.

    `fast` gives up durability: a crash of the machine loses the data. For tests only.
    """

    title = "PostgreSQL"
    parting = signal.SIGINT  # "fast shutdown": rolls back what is open
    DATABASE = "shop"
    SETTINGS: ClassVar = {
        "listen_addresses": ports.LOOPBACK,
        "unix_socket_directories": "",
        "max_connections": "80",
        "log_timezone": "UTC",
        "timezone": "UTC",
    }
    FAST: ClassVar = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}

    @property
    def cluster(self) -> Path:
        return self.home / "cluster"

    @property
    def url(self) -> str:
        return self.dsn(self.DATABASE)

    def dsn(self, database: str) -> str:
        return f"postgresql://postgres:{self.password}@{ports.LOOPBACK}:{self.port}/{database}"

    def _prepare(self) -> None:
        if not self.cluster.exists():
            self._make_cluster()
        self._forget_stale_pid()

    def _make_cluster(self) -> None:
        """initdb and an empty database, moved into place when whole: half of it never counts."""
        unfinished = self.home / "cluster-unfinished"
        shutil.rmtree(unfinished, ignore_errors=True)
        unfinished.mkdir(mode=0o700)
        self._give(unfinished)
        options = ["--username=postgres", f"--pwfile={self.home / 'password'}"]
        options += ["--encoding=UTF8", "--locale-provider=builtin", "--locale=C.UTF-8"]
        options += ["--auth=scram-sha-256", "--no-instructions", *["--no-sync"] * self.fast]
        self._run("initdb", "-D", str(unfinished), *options)
        single = ["--single", "-D", str(unfinished), "postgres"]
        self._run("postgres", *single, words=f"CREATE DATABASE {self.DATABASE}\n")
        unfinished.rename(self.cluster)

    def _run(self, program: str, *arguments: str, words: str = "") -> None:
        ended = subprocess.run(
            [self._program(program), *arguments],
            check=False,
            cwd="/",
            env={"PATH": os.defpath, "LC_ALL": "C", "TZ": "UTC"},
            input=words,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            **self.credentials,
        )
        with self._opened_log() as log:
            log.write(ended.stdout.encode())
        if ended.returncode:
            raise self._did_not_start(f"{program} ended with exit code {ended.returncode}")

    def _program(self, name: str) -> Path:
        folder = binaries.postgres_folder()
        return binaries.within_reach(folder / name, folder.parent, self._runner, self.home)

    def _forget_stale_pid(self) -> None:
        """Remove the pid file of a server that is certainly gone.

        PostgreSQL takes a zombie, or a stranger who got the same pid, for a running server. We hold
        the folder's lock, which even its last orphaned backend would have inherited.
        """
        file = self.cluster / "postmaster.pid"
        with contextlib.suppress(OSError, ValueError, IndexError):
            pid = int(file.read_text().splitlines()[0])
            name, _, state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")
            if not name.endswith("(postgres") or state.split()[0] == "Z":
                file.unlink()

    def _command(self) -> list[str]:
        settings = self.SETTINGS | {"port": str(self.port)} | (self.FAST if self.fast else {})
        options = [word for name, value in settings.items() for word in ("-c", f"{name}={value}")]
        return [str(self._program("postgres")), "-D", str(self.cluster), *options]

    def _answers(self) -> bool:
        with contextlib.suppress(OSError, ValueError, IndexError):
            lines = (self.cluster / "postmaster.pid").read_text().splitlines()
            return int(lines[0]) == self.pid and lines[7].strip() == "ready"
        return False


class Valkey(Server):
    """Database 0 is the broker's, 1 the cache's. `fast` keeps nothing on disk."""

    title = "Valkey"
    parting = signal.SIGTERM
    BROKER, CACHE = 0, 1

    @property
    def files(self) -> Path:
        return self.home / "files"

    @property
    def url(self) -> str:
        return self.dsn(self.BROKER)

    def dsn(self, database: int) -> str:
        return f"redis://:{self.password}@{ports.LOOPBACK}:{self.port}/{database}"

    def _prepare(self) -> None:
        if not self.files.exists():
            self.files.mkdir(mode=0o700)
            self._give(self.files)
        # A file, as everybody can read a command line. The folder is relative: paths have spaces.
        settings = {
            "bind": ports.LOOPBACK,
            "port": str(self.port),
            "requirepass": self.password,
            "dir": "files",
            "appendonly": "no" if self.fast else "yes",
            "save": '""',
            "maxmemory": "256mb",
            "maxmemory-policy": "noeviction",
        }
        lines = [f"{name} {value}\n" for name, value in settings.items()]
        self.write(self.home / "valkey.conf", "".join(lines))

    def _command(self) -> list[str]:
        found = binaries.valkey_program()
        program = binaries.within_reach(found, found.parent, self._runner, self.home)
        return [str(program), "valkey.conf"]

    def _answers(self) -> bool:
        with contextlib.suppress(OSError):
            words = self._ask(f"AUTH {self.password}", "INFO").splitlines()
            return f"process_id:{self.pid}" in words and "loading:0" in words
        return False

    def _ask(self, *commands: str) -> str:
        """What the server on our port says to the commands; QUIT makes it close the connection."""
        with socket.create_connection((ports.LOOPBACK, self.port), timeout=1) as connection:
            connection.sendall(
                "".join(f"{command}\r\n" for command in (*commands, "QUIT")).encode()
            )
            return connection.makefile("rb").read().decode(errors="replace")
