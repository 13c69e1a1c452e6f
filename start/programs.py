"""A program as data, and one run of it as a process group whose output is read line by line."""

import asyncio
import collections
import contextlib
import os
import signal
import subprocess
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from start.output import Output
from start.processes import die_with_parent

LOOK_EVERY = 0.05  # seconds
LONGEST_LINE = 64 * 1024  # bytes; a longer one is cut


@dataclass(frozen=True)
class Program:
    """One program to keep running.

    `after`: the programs and servers that must be ready first. `ready`: asked again and again, for
    `patience` seconds at most; without it a program is ready as soon as it runs. `once`: it must
    end with exit code 0 and is ready then. `grace`: seconds between TERM and KILL. `welcome`:
    called when it is ready for the first time. `nice`: how far it steps back for the others when
    all want the processor. `plain`: its lines are shown without its name.
    """

    name: str
    argv: Sequence[str]
    env: Mapping[str, str] | None = None
    cwd: Path | None = None
    after: Sequence[str] = ()
    ready: Callable[[], Awaitable[bool]] | None = None
    patience: float = 120
    once: bool = False
    grace: float = 15
    welcome: Callable[[], None] | None = None
    nice: int = 0
    plain: bool = False


class Run:
    """One process of a program. Made within a running event loop."""

    def __init__(self, program: Program, output: Output) -> None:
        self.last_lines: collections.deque[str] = collections.deque(maxlen=12)
        self._program, self._output = program, output
        self._process = subprocess.Popen(
            program.argv,
            env=program.env,
            cwd=program.cwd,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            process_group=0,  # Ctrl-C reaches only us; we stop the others in order
            preexec_fn=die_with_parent(signal.SIGTERM, program.nice),
        )
        self._reading = asyncio.create_task(self._read())

    async def end(self) -> int:
        """Its exit code, once it has ended for whatever reason; its whole group is gone then."""
        while (code := self._process.poll()) is None:
            await asyncio.sleep(LOOK_EVERY)
        self._kill_group()
        await asyncio.wait({self._reading}, timeout=1)
        return code

    async def stop(self, hurry: asyncio.Event) -> bool:
        """TERM, and KILL after the grace period or in a hurry. False if it had to be killed."""
        if self._process.poll() is None:
            self._process.terminate()
        end, hurried = asyncio.create_task(self.end()), asyncio.create_task(hurry.wait())
        await asyncio.wait(
            {end, hurried}, timeout=self._program.grace, return_when=asyncio.FIRST_COMPLETED
        )
        hurried.cancel()
        if in_time := end.done():
            return in_time
        self._kill_group()
        await end
        return False

    def _kill_group(self) -> None:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self._process.pid, signal.SIGKILL)

    async def _read(self) -> None:
        """Show every line. Cut only at line ends, which no Chinese character contains."""
        reader, rest = asyncio.StreamReader(), b""
        await asyncio.get_running_loop().connect_read_pipe(
            lambda: asyncio.StreamReaderProtocol(reader), self._process.stdout
        )
        while chunk := await reader.read(LONGEST_LINE):
            *lines, rest = (rest + chunk).split(b"\n")
            if len(rest) > LONGEST_LINE:
                lines, rest = [*lines, rest], b""
            for line in lines:
                self._show(line)
        if rest:
            self._show(rest)

    def _show(self, line: bytes) -> None:
        text = line.decode(errors="replace").rstrip("\r")
        self.last_lines.append(text)
        if self._program.plain:
            self._output.tell(text)
        else:
            self._output.say(self._program.name, text)
