"""Collects static files only when one of them changed: a second start should not pay for it."""

import hashlib
from collections.abc import Iterator
from pathlib import Path

from django.conf import settings
from django.contrib.staticfiles.finders import get_finders
from django.core.management import call_command


def collect_if_changed() -> bool:
    """Collect, unless STATIC_ROOT was made of exactly these files. Whether it collected."""
    mark = Path(settings.STATIC_ROOT) / ".made-of"
    present = fingerprint()
    if mark.exists() and mark.read_text() == present:
        return False
    call_command("collectstatic", interactive=False, verbosity=0)
    mark.write_text(present)
    return True


def fingerprint() -> str:
    """Of every source's path, size and time of change."""
    digest = hashlib.sha256(repr(settings.STORAGES["staticfiles"]).encode())
    for path in sorted(_sources()):
        stat = path.stat()
        digest.update(f"{path}\0{stat.st_size}\0{stat.st_mtime_ns}\n".encode())
    return digest.hexdigest()


def _sources() -> Iterator[Path]:
    for finder in get_finders():
        for path, storage in finder.list([]):
            yield Path(storage.path(path))
