"""Lines of JSON outside of the database, on another volume: what no restored backup undoes."""

import json
import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any


def append_line(path: Path, said: Mapping[str, Any]) -> None:
    """Durable when this returns. Raises OSError."""
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o640)
    try:
        os.write(descriptor, f"{json.dumps(said)}\n".encode())
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def lines_of(path: Path) -> Iterator[dict[str, Any]]:
    """In the order they were written; none while there is no file."""
    if not path.exists():
        return
    with path.open(encoding="utf-8") as lines:
        yield from map(json.loads, lines)
