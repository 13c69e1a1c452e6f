"""One terminal for many programs: each line is prefixed with who says it."""

import os
import sys
from collections.abc import Sequence
from typing import TextIO

COLOURS = (36, 32, 33, 35, 34, 96, 92, 93, 95)  # ANSI foregrounds, red left for trouble


class Output:
    """Writes UTF-8 whatever the locale says; colours only for a terminal, never with NO_COLOR."""

    def __init__(self, names: Sequence[str], stream: TextIO = sys.stdout) -> None:
        self._stream: TextIO | None = stream
        self._width = max(len(name) for name in names)
        self._colours: dict[str, int] = {}
        if stream.isatty() and "NO_COLOR" not in os.environ:
            self._colours = {name: COLOURS[i % len(COLOURS)] for i, name in enumerate(names)}

    def say(self, name: str, line: str) -> None:
        prefix = f"{name:<{self._width}} |"
        if colour := self._colours.get(name):
            prefix = f"\x1b[{colour}m{prefix}\x1b[0m"
        self.tell(f"{prefix} {line}")

    def tell(self, text: str) -> None:
        """Text of our own, without a prefix."""
        if self._stream is None:
            return
        try:
            self._stream.buffer.write(f"{text}\n".encode(errors="replace"))
            self._stream.buffer.flush()
        except OSError:  # `make run | head`: nobody reads any more
            self._stream = None
