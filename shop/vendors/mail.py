"""Mail out, by SMTP (RFC 5321): one message to one person, and what exactly became of it."""

import hashlib
import re
import smtplib
import ssl
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import datetime
from email.message import EmailMessage
from email.policy import EmailPolicy
from email.utils import format_datetime, formataddr
from socket import SHUT_RDWR, socket
from threading import Timer

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import validate_email

from shop.clock import now
from shop.vendors.errors import VendorBusy, VendorError, VendorRefused, VendorUnreachable

VENDOR = "mail"
TOTAL_SECONDS = 40  # from the greeting on; within a delivery's lease, or another takes it up
LINE_BREAK = re.compile(r"[\r\n\x00]")
ALIVE = {"Auto-Submitted": "auto-generated", "X-Auto-Response-Suppress": "All"}
"""Nobody's absence is announced to us, and no answering machine talks to ours (RFC 3834)."""


class _Policy(EmailPolicy):
    """As travels by SMTP; the way out of a list stays one word, however long.

    Folded the usual way it becomes encoded words, in which no mail program finds the address.
    """

    def fold_binary(self, name: str, value: str) -> bytes:
        if name == "List-Unsubscribe":
            return f"{name}: {value}\r\n".encode("ascii")
        return super().fold_binary(name, value)


POLICY = _Policy(linesep="\r\n")


class MailUnanswered(VendorError):
    """The server has the whole mail and said nothing about it: it may arrive, or not."""


class AddressRefused(VendorRefused):
    """The server takes no mail for this recipient, now or later."""


class UnsafeMail(VendorRefused):
    """A header would break into two, or the address is none: nothing was sent."""


@dataclass(frozen=True, slots=True)
class Inline:
    """A picture that the HTML shows as `cid:` and this id."""

    content_id: str
    content: bytes = field(repr=False)
    kind: str


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file beside the text. Names in ASCII: mail programs differ about others."""

    name: str
    content: bytes = field(repr=False)
    kind: str


@dataclass(frozen=True, slots=True)
class Mail:
    """One mail. `message_id` without its brackets; the same again marks a repeat as one.

    With `written_at` the same mail is the same bytes, whenever it is sent.
    """

    to: str = field(repr=False)
    subject: str
    text: str = field(repr=False)
    html: str = field(repr=False)
    message_id: str
    headers: Mapping[str, str] = field(default_factory=dict)
    inline: tuple[Inline, ...] = ()
    attachments: tuple[Attachment, ...] = ()
    written_at: datetime | None = None


def send_mail(mail: Mail) -> None:
    """Hand it to the server of EMAIL_URL; returns once the server has taken charge of it.

    UnsafeMail, AddressRefused and VendorRefused (its 5xx): never. VendorBusy (its 4xx) and
    VendorUnreachable: not sent yet, try again. MailUnanswered: nobody knows.
    """
    message = _written(mail)
    with _connected() as server:
        _expect(server.mail(_sender()), 250)
        _expect_recipient(server.rcpt(mail.to))
        _expect(server.docmd("DATA"), 354)
        _expect(_handed_over(server, message), 250)


def message_of(mail: Mail) -> EmailMessage:
    """Mixed of (alternative of (text, related of (HTML, pictures)), files). Raises UnsafeMail.

    A picture that stands anywhere else is shown as an attachment by some programs.
    """
    _require_safe(mail)
    message = EmailMessage(policy=POLICY)
    message["From"] = formataddr((settings.SHOP_NAME, _sender()))
    message["To"] = mail.to
    message["Subject"] = mail.subject
    message["Date"] = format_datetime(mail.written_at or now())
    message["Message-ID"] = f"<{mail.message_id}>"
    for name, value in {**ALIVE, **mail.headers}.items():
        message[name] = value
    message.set_content(mail.text)
    message.add_alternative(mail.html, subtype="html")
    for picture in mail.inline:
        _show(message, picture)
    for file in mail.attachments:
        main, _slash, sub = file.kind.partition("/")
        message.add_attachment(file.content, maintype=main, subtype=sub, filename=file.name)
    _part_evenly(message, mail.message_id)
    return message


def _show(message: EmailMessage, picture: Inline) -> None:
    main, _slash, sub = picture.kind.partition("/")
    html = message.get_body(("html",))
    if not isinstance(html, EmailMessage):
        raise UnsafeMail(VENDOR, "there is no HTML to show a picture in")
    html.add_related(
        picture.content, main, sub, cid=f"<{picture.content_id}>", disposition="inline"
    )


def _part_evenly(message: EmailMessage, message_id: str) -> None:
    """Boundaries from the mail's own number, or each repeat would be other bytes."""
    for number, part in enumerate(part for part in message.walk() if part.is_multipart()):
        digest = hashlib.sha256(f"{message_id} {number}".encode()).hexdigest()[:32]
        part.set_boundary(f"=_{digest}")


def _require_safe(mail: Mail) -> None:
    parts = [part.content_id for part in mail.inline] + [file.name for file in mail.attachments]
    names = (settings.SHOP_NAME, mail.to, mail.subject, mail.message_id)
    headers = (*names, *mail.headers, *mail.headers.values(), *parts)
    if any(LINE_BREAK.search(value) for value in headers):
        raise UnsafeMail(VENDOR, "a header holds a line break")
    try:
        validate_email(mail.to)
    except ValidationError:
        raise UnsafeMail(VENDOR, "not an address") from None


def _written(mail: Mail) -> bytes:
    """As DATA wants it: lines that begin with a dot get a second one (RFC 5321, 4.5.2)."""
    raw = message_of(mail).as_bytes()
    return re.sub(rb"(?m)^\.", b"..", raw).rstrip(b"\r\n") + b"\r\n.\r\n"


def _sender() -> str:
    return str(settings.DEFAULT_FROM_EMAIL)


@contextmanager
def _connected() -> Iterator[smtplib.SMTP]:
    """The server, greeted and signed in to. Until the mail is handed over all failures are ours."""
    try:
        server = _opened()
        alarm = Timer(TOTAL_SECONDS, _hang_up, [server])
        alarm.daemon = True
        alarm.start()
        try:
            _sign_in(server)
            yield server
        finally:
            alarm.cancel()
            with suppress(OSError, smtplib.SMTPException):
                server.quit()
    except (OSError, smtplib.SMTPException) as error:
        raise VendorUnreachable(VENDOR, type(error).__name__) from None


def _opened() -> smtplib.SMTP:
    where, patience = (settings.EMAIL_HOST, settings.EMAIL_PORT), settings.EMAIL_TIMEOUT or 10
    if settings.EMAIL_USE_SSL:
        context = ssl.create_default_context()
        return smtplib.SMTP_SSL(*where, timeout=patience, context=context)
    return smtplib.SMTP(*where, timeout=patience)


def _hang_up(server: smtplib.SMTP) -> None:
    """A server that drips byte by byte passes every time limit but this one."""
    if server.sock is not None:
        with suppress(OSError):
            socket.shutdown(server.sock, SHUT_RDWR)


def _sign_in(server: smtplib.SMTP) -> None:
    """By STARTTLS where the server has it; a password never travels in clear."""
    server.ehlo_or_helo_if_needed()
    if server.has_extn("starttls"):
        server.starttls(context=ssl.create_default_context())
        server.ehlo()
    elif settings.EMAIL_HOST_USER and not settings.EMAIL_USE_SSL:
        raise VendorRefused(VENDOR, "the server offers no TLS for the password")
    if settings.EMAIL_HOST_USER:
        server.login(settings.EMAIL_HOST_USER, settings.EMAIL_HOST_PASSWORD)


def _handed_over(server: smtplib.SMTP, message: bytes) -> tuple[int, bytes]:
    """From the last dot on silence says nothing: the server may have the mail."""
    try:
        server.send(message)
        return server.getreply()
    except (OSError, smtplib.SMTPException) as error:
        raise MailUnanswered(VENDOR, type(error).__name__) from None


def _expect_recipient(reply: tuple[int, bytes]) -> None:
    if 500 <= reply[0] < 600:
        raise AddressRefused(VENDOR, "refused", str(reply[0]))
    _expect(reply, 250, 251)


def _expect(reply: tuple[int, bytes], *wanted: int) -> None:
    """Raises by the reply's first digit: 5 is never, all others are not now."""
    code, _text = reply
    if code not in wanted:
        refusal = VendorRefused if 500 <= code < 600 else VendorBusy
        raise refusal(VENDOR, "refused", str(code))
