"""Whether this very checkout was prepared before: then a second start need not do it again."""

import hashlib
from collections.abc import Callable, Iterator
from pathlib import Path

from start.environment import Surroundings

PASSED_OVER = {".git", ".venv", "var", "__pycache__", ".mypy_cache", ".pytest_cache", ".ruff_cache"}


class Prepared:
    """A note beside our own PostgreSQL's data; with another database there is none.

    It names every file of the checkout by path, size and time of change, and lies where the data
    lies, so that whoever forgets the data forgets the note.
    """

    def __init__(self, here: Surroundings, root: Path) -> None:
        server = here.servers.get("postgres")
        self._file = server.home / "prepared-by" if server else None
        self._state = fingerprint(root)

    @property
    def holds(self) -> bool:
        """Nothing changed since a start that went well."""
        file = self._file
        return file is not None and file.exists() and file.read_text() == self._state

    def before(self, welcome: Callable[[], None]) -> Callable[[], None]:
        """`welcome`, noting first that this state of the checkout came up."""

        def noted() -> None:
            if self._file is not None:
                self._file.write_text(self._state)
            welcome()

        return noted


def fingerprint(root: Path) -> str:
    digest = hashlib.sha256()
    for path in sorted(_files(root)):
        stat = path.stat()
        digest.update(f"{path}\0{stat.st_size}\0{stat.st_mtime_ns}\n".encode())
    return digest.hexdigest()


def _files(folder: Path) -> Iterator[Path]:
    for path in folder.iterdir():
        if path.name in PASSED_OVER or path.suffix == ".mo":
            continue
        if path.is_dir():
            yield from _files(path)
        else:
            yield path
