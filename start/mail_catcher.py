"""Takes every mail the demo sends and keeps it as a file: `python -m start.mail_catcher`."""

import argparse
import asyncio
import signal
from datetime import UTC, datetime
from email import message_from_bytes, policy
from pathlib import Path

from aiosmtpd.smtp import SMTP, Envelope, Session

from start.ports import LOOPBACK

LARGEST_MAIL = 10_000_000  # bytes; a larger one is refused with 552
KEPT = 500  # mails; the oldest go first
KEPT_BYTES = 200_000_000


class Catcher:
    """aiosmtpd's handler: one .eml file and one printed line a mail."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        content = envelope.content if isinstance(envelope.content, bytes) else b""
        file = self._free_name()
        file.write_bytes(content)
        self._forget_oldest(keep=file)
        subject = message_from_bytes(content, policy=policy.default)["Subject"]
        print(f"{', '.join(envelope.rcpt_tos)}: {subject} → {file}", flush=True)
        return f"250 OK kept as {file.name}"

    def _free_name(self) -> Path:
        """A name that sorts by arrival."""
        return self.folder / f"{datetime.now(UTC):%Y%m%d-%H%M%S-%f}.eml"

    def _forget_oldest(self, keep: Path) -> None:
        """Newest first, everything past the limits goes; the mail just kept never does."""
        size = 0
        for place, mail in enumerate(sorted(self.folder.glob("*.eml"), reverse=True)):
            size += mail.stat().st_size
            if mail != keep and (place >= KEPT or size > KEPT_BYTES):
                mail.unlink()


async def catch(port: int, folder: Path) -> None:
    """Serve until TERM or INT."""
    catcher, loop, stop = Catcher(folder), asyncio.get_running_loop(), asyncio.Event()
    for one in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(one, stop.set)

    def session() -> SMTP:
        return SMTP(catcher, data_size_limit=LARGEST_MAIL, enable_SMTPUTF8=True, loop=loop)

    async with await loop.create_server(session, LOOPBACK, port):
        print(f"every mail is kept in {folder}", flush=True)
        await stop.wait()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--folder", type=Path, required=True)
    arguments = parser.parse_args()
    asyncio.run(catch(arguments.port, arguments.folder))
