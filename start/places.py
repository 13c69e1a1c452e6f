"""The folder a server keeps its files in, and who may use it.

Normally that is the folder asked for. When root drops to a user who cannot reach it (a checkout
below a home of mode 700), the files are kept outside, at a place that follows from the folder's
path and is noted in it, so that `make clean` forgets both.
"""

import contextlib
import fcntl
import hashlib
import os
import shutil
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from start.errors import ServerDidNotStart
from start.processes import RunAs

OUTSIDE = "regulated-shop-"
NOTE_OF_HOME = "kept-elsewhere"
NOTE_OF_FOLDER = "kept-for"
LOCK = "lock"


def home_of(folder: Path, runner: RunAs | None) -> Path:
    """Where the server of `folder` keeps its files: a folder its user may pass, if not list."""
    folder.mkdir(parents=True, exist_ok=True)
    if runner is None:
        return _opened(folder, runner)
    forget_orphans()
    if runner.may("x", folder.parent):
        return _opened(folder, runner)
    home = _outside(folder)
    (folder / NOTE_OF_HOME).write_text(str(home))
    return _opened(home, runner)


def _opened(home: Path, runner: RunAs | None) -> Path:
    home.chmod(0o711 if runner else 0o700)
    return home


def _outside(folder: Path) -> Path:
    name = OUTSIDE + hashlib.sha256(os.fsencode(folder)).hexdigest()[:16]
    home = _shared_ground() / name
    home.mkdir(mode=0o700, exist_ok=True)
    found = home.lstat()
    if home.is_symlink() or found.st_uid != os.geteuid():
        raise ServerDidNotStart(
            f"{home} belongs to another user.", advice="Remove it, or move the checkout."
        )
    (home / NOTE_OF_FOLDER).write_text(str(folder))
    return home


def _shared_ground() -> Path:
    """A folder every user reaches and a reboot does not empty, where there is one."""
    lasting = Path("/var/tmp")  # noqa: S108 - the names below it are checked for their owner
    return lasting if lasting.is_dir() else Path(tempfile.gettempdir())


def forget_orphans() -> None:
    """Remove the outside folders of checkouts that are gone, unless a server still runs there."""
    for home in _shared_ground().glob(f"{OUTSIDE}*"):
        with contextlib.suppress(OSError, ServerDidNotStart):
            if not Path((home / NOTE_OF_FOLDER).read_text()).exists():
                forget_home(home)


def refuse_if_used(folder: Path) -> None:
    """Raises ServerDidNotStart while a server uses the folder."""
    for home in _homes(folder):
        os.close(hold(home))


def forget(folder: Path) -> None:
    """Remove a server's folder and what it keeps outside. Refuses while a server uses it."""
    for home in _homes(folder):
        forget_home(home)


def _homes(folder: Path) -> Iterator[Path]:
    """Where the files of `folder` are: there, and at the place outside that is noted there."""
    with contextlib.suppress(FileNotFoundError):
        home = Path((folder / NOTE_OF_HOME).read_text())
        # A copied checkout carries the note of another one's place.
        if (home / NOTE_OF_FOLDER).read_text() == str(folder):
            yield home
    if folder.exists():
        yield folder


def forget_home(home: Path) -> None:
    lock = hold(home)
    try:
        shutil.rmtree(home)
    finally:
        os.close(lock)


def hold(home: Path, patience: float = 0) -> int:
    """Lock the folder and return the descriptor that holds it; closing that lets go.

    The server inherits it, so the folder stays locked while a server that lost its parent is
    still shutting down. PostgreSQL has a lock of its own, Valkey has none.
    """
    descriptor = os.open(home / LOCK, os.O_RDWR | os.O_CREAT, 0o600)
    deadline = time.monotonic() + patience
    while not _locked(descriptor):
        if time.monotonic() >= deadline:
            raise _in_use(home, descriptor)
        time.sleep(0.05)
    os.ftruncate(descriptor, 0)
    os.write(descriptor, str(os.getpid()).encode())
    return descriptor


def _locked(descriptor: int) -> bool:
    with contextlib.suppress(BlockingIOError):
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        return True
    return False


def _in_use(home: Path, descriptor: int) -> ServerDidNotStart:
    holder = os.pread(descriptor, 20, 0).decode() or "unknown"
    os.close(descriptor)
    return ServerDidNotStart(
        f"{home} is in use by a server that process {holder} started.",
        advice="One demo runs at a time: stop that one first (Ctrl-C where it was started).",
    )
