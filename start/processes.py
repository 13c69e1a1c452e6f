"""Two facts about child processes that the standard library leaves to us."""

import ctypes
import os
import pwd
import signal
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TypedDict

PR_SET_PDEATHSIG = 1


def die_with_parent(parting: signal.Signals, nice: int = 0) -> Callable[[], None]:
    """A `preexec_fn` that makes the kernel send `parting` when we end, even by kill -9 (Linux).

    "Parent" means the thread that forked: start children from a thread that lives as long as they.
    """
    is_linux, parent = sys.platform == "linux", os.getpid()
    prctl = ctypes.CDLL(None).prctl if is_linux else None  # looked up before the fork

    def in_the_child() -> None:
        os.nice(nice)
        if prctl is None:
            return
        prctl(PR_SET_PDEATHSIG, int(parting))
        if os.getppid() != parent:  # we ended between the fork and the line above
            os.kill(os.getpid(), parting)

    return in_the_child


class Credentials(TypedDict, total=False):
    """The keyword arguments of `subprocess.Popen` that change the user."""

    user: int
    group: int
    extra_groups: list[int]


@dataclass(frozen=True)
class RunAs:
    """An unprivileged user: PostgreSQL refuses to run as root, and Valkey has no need to."""

    uid: int
    gid: int

    @property
    def credentials(self) -> Credentials:
        return {"user": self.uid, "group": self.gid, "extra_groups": []}

    def may(self, access: str, path: Path) -> bool:
        """Asked of the kernel as that user: modes of parents, ACLs and mounts all count."""
        question = ["/bin/sh", "-c", 'test "$1" "$2"', "sh", f"-{access}", str(path)]
        return subprocess.run(question, check=False, cwd="/", **self.credentials).returncode == 0


def unprivileged(folder: Path) -> RunAs | None:
    """Whom root starts the servers of this folder as: its owner, else nobody. None if not root."""
    if os.geteuid() != 0:
        return None
    if folder.exists() and (owner := folder.stat()).st_uid != 0 and _is_known(owner.st_uid):
        return RunAs(owner.st_uid, owner.st_gid)
    nobody = pwd.getpwnam("nobody")
    return RunAs(nobody.pw_uid, nobody.pw_gid)


def _is_known(uid: int) -> bool:
    """Whether the uid has a passwd entry; initdb refuses one that has not."""
    try:
        return bool(pwd.getpwuid(uid))
    except KeyError:
        return False
