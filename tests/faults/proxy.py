"""A TCP proxy that can do to a connection what networks do: toxics on the way to a server."""

import asyncio
import contextlib
import socket
import struct
import threading
from collections.abc import Coroutine
from dataclasses import dataclass
from typing import Any, Self

LOOPBACK = "127.0.0.1"
AT_ONCE = struct.pack("ii", 1, 0)  # SO_LINGER: close by RST, what is unsent is thrown away
CHUNK = 64 * 1024


@dataclass
class Toxics:
    """All off by default.

    - `down`: connections are reset as soon as they are made.
    - `latency`: seconds that each piece waits, both ways.
    - `slice_bytes`: pieces are passed on in slices of this size.
    - `cut_replies`: so many of the next replies are cut by RST after `cut_after` bytes.
    """

    down: bool = False
    latency: float = 0.0
    slice_bytes: int = 0
    cut_replies: int = 0
    cut_after: int = 0


class Proxy:
    """Listens on a loopback port and leads to the first of `ports` that answers.

    A thread of its own; use it as a context manager. `toxics` may be changed at any time.
    """

    def __init__(self, *ports: int) -> None:
        self.ports = list(ports)
        self.toxics = Toxics()
        self.port = 0
        self.made = self.cut = self._deaf_up_to = 0
        self._open: set[asyncio.StreamWriter] = set()
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        self._server = self._call(asyncio.start_server(self._carry, LOOPBACK, 0))
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    def __exit__(self, *_exception: object) -> None:
        self._server.close()
        self.reset()
        self._call(self._cancel_all())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(120)
        self._loop.close()

    def reset(self) -> int:
        """RST to both ends of every open connection; how many ends there were."""
        return self._call(self._reset())

    def go_deaf(self) -> None:
        """From now on what the open connections carry is swallowed both ways, and nothing closes:
        half open, as behind a router that forgot them. New connections are well."""
        self._deaf_up_to = self.made

    def heal(self) -> None:
        self.toxics = Toxics()

    def _call(self, work: Coroutine[Any, Any, Any]) -> Any:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(10)

    async def _reset(self) -> int:
        ends = list(self._open)
        for end in ends:
            _abort(end)
        return len(ends)

    async def _cancel_all(self) -> None:
        tasks = asyncio.all_tasks() - {asyncio.current_task()}
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _carry(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._open.add(writer)
        try:
            upstream = None if self.toxics.down else await self._reach()
            if upstream is None:
                _abort(writer)
                return
            self.made += 1
            await self._both_ways((reader, writer), upstream)
        finally:
            self._open.discard(writer)
            _abort(writer) if self.toxics.down else writer.close()

    async def _reach(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter] | None:
        for port in list(self.ports):
            with contextlib.suppress(OSError):
                return await asyncio.open_connection(LOOPBACK, port)
        return None

    async def _both_ways(self, client: Any, server: Any) -> None:
        self._open.add(server[1])
        number = self.made
        ways = [
            asyncio.create_task(self._pass_on(number, client[0], server[1], is_reply=False)),
            asyncio.create_task(self._pass_on(number, server[0], client[1], is_reply=True)),
        ]
        try:
            await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for way in ways:
                way.cancel()
            await asyncio.gather(*ways, return_exceptions=True)
            self._open.discard(server[1])
            server[1].close()

    async def _pass_on(
        self,
        number: int,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
        is_reply: bool,
    ) -> None:
        with contextlib.suppress(OSError):
            while piece := await reader.read(CHUNK):
                if number <= self._deaf_up_to:
                    continue
                if self.toxics.latency:
                    await asyncio.sleep(self.toxics.latency)
                if is_reply and self.toxics.cut_replies > 0:
                    await self._cut(piece, writer)
                    return
                for part in self._slices(piece):
                    writer.write(part)
                    await writer.drain()

    async def _cut(self, piece: bytes, writer: asyncio.StreamWriter) -> None:
        self.toxics.cut_replies -= 1
        self.cut += 1
        if self.toxics.cut_after:
            writer.write(piece[: self.toxics.cut_after])
            await writer.drain()
        _abort(writer)

    def _slices(self, piece: bytes) -> list[bytes]:
        size = self.toxics.slice_bytes or len(piece)
        return [piece[start : start + size] for start in range(0, len(piece), size)]


def _abort(writer: asyncio.StreamWriter) -> None:
    if plain := writer.get_extra_info("socket"):
        with contextlib.suppress(OSError):
            plain.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, AT_ONCE)
    writer.transport.abort()
