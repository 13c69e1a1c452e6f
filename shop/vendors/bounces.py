"""Mail that came back: delivery status notifications (RFC 3464) as mail servers write them."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from email import message_from_bytes
from email.message import EmailMessage, Message
from email.policy import default
from typing import Any

MOST_BYTES = 256_000
MOST_RECIPIENTS = 20
STATUS = re.compile(r"^([245])\.(\d{1,3})\.(\d{1,3})")
MESSAGE_ID = re.compile(r"<([^<>\s]{3,200})>")
NOT_THE_ADDRESS = ("5.2.2", "5.7")
"""A full mailbox, and what a policy refused: the address itself is good."""


class BadBounce(Exception):
    """This is no delivery status notification, or not a whole one."""


@dataclass(frozen=True)
class Bounce:
    """What became of one mail for one recipient; `status` as in RFC 3463: 5.1.1."""

    message_id: str
    address: str
    status: str

    @property
    def is_hard(self) -> bool:
        """The address takes no mail, now or later."""
        return self.status.startswith("5.") and not self.status.startswith(NOT_THE_ADDRESS)


def read_bounce(raw: bytes) -> list[Bounce]:
    """What it says of each recipient whose mail failed; nothing of one that is only late or did
    arrive. Raises BadBounce."""
    message = message_from_bytes(raw[:MOST_BYTES], policy=default)
    if message.get_content_type() != "multipart/report":
        raise BadBounce("not a report")
    if message.get_param("report-type") != "delivery-status":
        raise BadBounce("not of a delivery")
    number = _original_number(message)
    return [Bounce(number, *failed) for failed in _failed(message)][:MOST_RECIPIENTS]


def _original_number(message: Message) -> str:
    """The Message-ID of the mail that came back, in the report's last part."""
    for part in message.walk():
        if part.get_content_type() in {"text/rfc822-headers", "message/rfc822"}:
            found = MESSAGE_ID.search(_headers_of(part))
            if found:
                return found[1]
    raise BadBounce("it does not say which mail came back")


def _headers_of(part: Message) -> str:
    if part.get_content_type() == "message/rfc822":
        inner: Any = part.get_payload()
        return str(inner[0]["Message-ID"]) if isinstance(inner, list) and inner else ""
    text = part.get_content() if isinstance(part, EmailMessage) else ""
    found = re.search(r"(?im)^message-id:(.*(?:\n[ \t].*)*)", str(text))
    return found[1] if found else ""


def _failed(message: Message) -> Iterator[tuple[str, str]]:
    """(address, status) of each group of fields about a recipient that failed."""
    reports = [p for p in message.walk() if p.get_content_type() == "message/delivery-status"]
    if not reports:
        raise BadBounce("no status in it")
    for group in (group for report in reports for group in report.get_payload()):
        if not isinstance(group, Message) or str(group["Action"]).strip().lower() != "failed":
            continue
        kind, _semicolon, address = str(group["Final-Recipient"] or "").partition(";")
        status = STATUS.match(str(group["Status"] or "").strip())
        if kind.strip().lower() != "rfc822" or status is None:
            raise BadBounce("a recipient without an address or a status")
        yield address.strip(), status[0]
