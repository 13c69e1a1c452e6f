"""A mail server for tests: keeps what it takes, refuses or falls silent as told."""

import asyncio
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage

from aiosmtpd.smtp import SMTP


@dataclass
class Postman:
    """aiosmtpd's handler. `answers` are given to DATA in turn; silence is the answer 'silence'."""

    port: int = 0
    answers: list[str] = field(default_factory=list)
    refuses: str = ""
    taken: list[EmailMessage] = field(default_factory=list)
    delay: float = 30.0

    async def handle_RCPT(self, server, session, envelope, address, options):
        if self.refuses:
            return self.refuses
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope):
        answer = self.answers.pop(0) if self.answers else "250 OK"
        if answer == "silence" or answer.startswith("250"):
            mail = message_from_bytes(envelope.content, policy=policy.default)
            self.taken.append(mail)
        if answer == "silence":
            await asyncio.sleep(self.delay)
        return answer


@contextmanager
def mail_server() -> Iterator[Postman]:
    """Listens on a free port of this machine until the block ends."""
    postman, started = Postman(), threading.Event()
    loop = asyncio.new_event_loop()
    stop = asyncio.Event()

    async def serve():
        server = await loop.create_server(
            lambda: SMTP(postman, enable_SMTPUTF8=True, loop=loop), "127.0.0.1", 0
        )
        postman.port = server.sockets[0].getsockname()[1]
        started.set()
        await stop.wait()
        server.close()
        for task in asyncio.all_tasks(loop) - {asyncio.current_task(loop)}:
            task.cancel()

    thread = threading.Thread(target=loop.run_until_complete, args=(serve(),), daemon=True)
    thread.start()
    assert started.wait(60)
    try:
        yield postman
    finally:
        loop.call_soon_threadsafe(stop.set)
        thread.join(120)
        loop.close()
