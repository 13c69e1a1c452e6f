"""Somebody outside who is told things: knows repeats by the event's id, and fails now and then."""

import asyncio
import hashlib
import json
import threading
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from typing import Any, Self

LOOPBACK = "127.0.0.1"
OK = b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"
BROKEN = b"HTTP/1.1 500 Internal Server Error\r\nContent-Length: 0\r\n\r\n"


@dataclass
class Receiver:
    """Acts on a push, once per event id as long as it `knows_repeats`.

    Of every hundred pushes `faults` fail, half of them refused by 500 before it acted, half acted
    upon and the reply cut; which ones follows from `seed`, the event and how often it came.
    `hold` keeps back one reply, of a push that was acted upon, until `release`.
    """

    seed: int = 1
    faults: int = 0
    knows_repeats: bool = True
    effects: dict[str, list[tuple[str, int]]] = field(default_factory=lambda: defaultdict(list))
    arrivals: Counter[str] = field(default_factory=Counter)
    by_process: Counter[int] = field(default_factory=Counter)
    order: dict[str, list[int]] = field(default_factory=lambda: defaultdict(list))
    holds_next: bool = False
    repeats: int = 0  # came again after they had been acted upon
    refused: int = 0  # answered 500 before acting
    cut: int = 0  # acted upon, and the reply cut

    def __enter__(self) -> Self:
        self._loop = asyncio.new_event_loop()
        self._released = asyncio.Event()
        self._held_answer = OK
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()
        self._server = self._call(asyncio.start_server(self._serve, LOOPBACK, 0))
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    def __exit__(self, *_exception: object) -> None:
        self._server.close()
        self._call(self._cancel_all())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(120)
        self._loop.close()

    @property
    def url(self) -> str:
        return f"http://{LOOPBACK}:{self.port}/"

    @property
    def doubled(self) -> list[str]:
        return [event for event, acts in list(self.effects.items()) if len(acts) > 1]

    @property
    def out_of_order(self) -> list[str]:
        """Streams in which an effect came before an earlier one, or one is missing between."""
        return [
            stream
            for stream, seqs in list(self.order.items())
            if seqs != list(range(1, len(seqs) + 1))
        ]

    def hold(self) -> None:
        """Keep back the reply to the next push."""
        self.holds_next = True

    def release(self, answer: bytes = OK) -> None:
        """Send the reply kept back: this one."""
        self._held_answer = answer
        self._loop.call_soon_threadsafe(self._released.set)

    def _call(self, work: Any) -> Any:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(10)

    async def _cancel_all(self) -> None:
        tasks = asyncio.all_tasks() - {asyncio.current_task()}
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while head := await reader.readuntil(b"\r\n\r\n"):
                answer = self._take(json.loads(await reader.readexactly(_length(head))))
                if self.holds_next:
                    self.holds_next = False
                    await self._released.wait()
                    answer = self._held_answer
                if answer is None:
                    break
                writer.write(answer)
                await writer.drain()
        except (asyncio.IncompleteReadError, asyncio.CancelledError, OSError):
            pass  # the caller hung up or was killed, or the case is over
        finally:
            writer.transport.abort()

    def _take(self, push: dict[str, Any]) -> bytes | None:
        event, stream, seq = push["id"], push["stream"], push["seq"]
        self.arrivals[event] += 1
        self.by_process[push["process"]] += 1
        self.repeats += bool(self.effects.get(event))
        luck = self._luck(event)
        if luck < self.faults / 2:
            self.refused += 1
            return BROKEN
        if not self.effects.get(event) or not self.knows_repeats:
            self.effects[event].append((stream, seq))
            self.order[stream].append(seq)
        if luck < self.faults:
            self.cut += 1
            return None
        return OK

    def _luck(self, event: str) -> float:
        told = f"{self.seed} {event} {self.arrivals[event]}".encode()
        return int.from_bytes(hashlib.sha256(told).digest()[:4]) / 2**32 * 100


def _length(head: bytes) -> int:
    for line in head.split(b"\r\n"):
        name, _colon, value = line.partition(b":")
        if name.lower() == b"content-length":
            return int(value)
    return 0
