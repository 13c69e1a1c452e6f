"""Keeps servers and programs running in one terminal, and stops all of them in order.

Each program starts when what it comes `after` is ready, is started again when it dies, and is
asked to end before what it came after. Nothing outlives the supervisor: every program is a process
group of its own, and the kernel ends it when the supervisor is killed (Linux).
"""

import asyncio
import contextlib
import itertools
import signal
import time
from collections.abc import Coroutine, Iterable, Iterator, Mapping

from start.errors import ProgramDidNotStart
from start.output import Output
from start.programs import LOOK_EVERY, Program, Run
from start.servers import Server

PAUSES = (0.5, 1, 2, 4, 8, 16, 30)  # seconds before each new start of a program that keeps dying
STEADY = 30  # seconds of running after which earlier deaths are forgotten
ATTEMPTS = 3  # deaths of a program that was never ready, then we give up


class Supervisor:
    """Runs until INT, TERM or HUP, or until something cannot start. `name` signs its own lines."""

    def __init__(
        self,
        programs: Iterable[Program],
        servers: Mapping[str, Server],
        output: Output,
        name: str = "start",
    ) -> None:
        self.name = name
        self._programs = {program.name: program for program in programs}
        self._servers = servers
        self._output = output
        self._runs: dict[str, Run] = {}
        self._ready = {part: asyncio.Event() for part in (*self._programs, *servers)}
        self._gone = {part: asyncio.Event() for part in self._programs}
        self._stop, self._hurry = asyncio.Event(), asyncio.Event()
        self._trouble: Exception | None = None

    async def run(self) -> None:
        """Raises DidNotStart when something never became ready; all is stopped then as well."""
        with self._stopped_by_signals():
            keepers = [asyncio.create_task(self._noting_trouble(one)) for one in self._keepers()]
            try:
                await self._stop.wait()
                await asyncio.gather(*map(self._end_in_turn, self._programs.values()))
            finally:
                for keeper in keepers:
                    keeper.cancel()
                for server in self._servers.values():
                    server.stop()
        if self._trouble:
            raise self._trouble

    def ask_to_stop(self) -> None:
        """The first time in order, the second time at once."""
        if self._stop.is_set():
            self._hurry.set()
            return
        self._say("stopping everything (once more to stop at once)")
        self._stop.set()

    @contextlib.contextmanager
    def _stopped_by_signals(self) -> Iterator[None]:
        loop = asyncio.get_running_loop()
        signals = {signal.SIGINT, signal.SIGTERM}
        if signal.getsignal(signal.SIGHUP) != signal.SIG_IGN:  # else nohup wants us to stay
            signals.add(signal.SIGHUP)
        for one in signals:
            loop.add_signal_handler(one, self.ask_to_stop)
        try:
            yield
        finally:
            for one in signals:
                loop.remove_signal_handler(one)

    def _keepers(self) -> Iterator[Coroutine[None, None, None]]:
        """Programs first: they are under way while a first PostgreSQL still makes its files."""
        yield from map(self._keep, self._programs.values())
        yield from itertools.starmap(self._keep_server, self._servers.items())

    async def _noting_trouble(self, keeping: Coroutine[None, None, None]) -> None:
        try:
            await keeping
        except Exception as trouble:
            self._trouble = self._trouble or trouble
            self._stop.set()

    async def _keep(self, program: Program) -> None:
        for part in program.after:
            await self._ready[part].wait()
        deaths = 0
        while not self._stop.is_set():
            began = time.monotonic()
            code = await self._live(program)
            if self._stop.is_set():
                return
            if program.once and code == 0:
                self._welcome(program)
                return
            deaths = 1 if time.monotonic() - began > STEADY else deaths + 1
            await self._bear(program, code, deaths)

    async def _live(self, program: Program) -> int:
        """One life of the program: its exit code."""
        run = self._runs[program.name] = Run(program, self._output)
        end = asyncio.create_task(run.end())
        ready = asyncio.create_task(self._become_ready(program))
        try:
            await asyncio.wait({end, ready}, return_when=asyncio.FIRST_COMPLETED)
            if ready.done():
                ready.result()
            return await end
        finally:
            ready.cancel()

    async def _become_ready(self, program: Program) -> None:
        if program.once or self._ready[program.name].is_set():
            return
        deadline = time.monotonic() + program.patience
        while program.ready and not await program.ready():
            if time.monotonic() > deadline:
                raise self._never_ready(program, f"was not ready in {program.patience:g} s")
            await asyncio.sleep(2 * LOOK_EVERY)
        self._welcome(program)

    def _welcome(self, program: Program) -> None:
        self._ready[program.name].set()
        if program.welcome:
            program.welcome()

    async def _bear(self, program: Program, code: int, deaths: int) -> None:
        """Wait before the next start of a program that died, or give up on it."""
        was_ready = self._ready[program.name].is_set()
        if program.once or (not was_ready and deaths >= ATTEMPTS):
            raise self._never_ready(program, f"ended with {_exit(code)}")
        pause = PAUSES[min(deaths, len(PAUSES)) - 1]
        self._say(f"{program.name} ended with {_exit(code)}; starting it again in {pause:g} s")
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._stop.wait(), pause)

    def _never_ready(self, program: Program, what: str) -> ProgramDidNotStart:
        return ProgramDidNotStart(
            f"{program.name} {what}.",
            last_lines=self._runs[program.name].last_lines,
            advice=f"It was started as: {' '.join(program.argv)}",
        )

    async def _end_in_turn(self, program: Program) -> None:
        """Stop a program once everything that came after it is gone."""
        for other in self._programs.values():
            if program.name in other.after:
                await self._gone[other.name].wait()
        if (run := self._runs.get(program.name)) and not await run.stop(self._hurry):
            self._say(f"{program.name} did not end when asked: killed")
        self._gone[program.name].set()

    async def _keep_server(self, name: str, server: Server) -> None:
        while True:
            server.launch()
            while not server.is_ready():
                await asyncio.sleep(LOOK_EVERY)
            self._ready[name].set()
            while server.is_running():
                await asyncio.sleep(LOOK_EVERY)
            self._say(f"{server.title} ended unasked; starting it again")
            await asyncio.sleep(PAUSES[0])

    def _say(self, line: str) -> None:
        self._output.say(self.name, line)


def _exit(code: int) -> str:
    return f"signal {signal.Signals(-code).name}" if code < 0 else f"exit code {code}"
