"""Mail out: taken, refused, not now, unanswered; headers that cannot be broken into."""

import contextlib
import socket
import threading
import time

import pytest

from shop.vendors import mail as mail_out
from shop.vendors.errors import VendorBusy, VendorRefused, VendorUnreachable
from shop.vendors.mail import Mail, MailUnanswered, UnsafeMail, message_of, send_mail
from start.ports import LOOPBACK


def a_mail(**changes):
    known = {
        "to": "li@shop.example",
        "subject": "订单 261122 的付款有争议",
        "text": "金额不符。\n.一个点开头的行\n",
        "html": "<p>金额不符。</p>",
        "message_id": "notice.7@shop.example",
    }
    return Mail(**known | changes)


def test_both_parts_arrive_word_for_word(postman):
    send_mail(a_mail())
    [mail] = postman.taken
    assert mail["Message-ID"] == "<notice.7@shop.example>"
    assert mail["Subject"] == "订单 261122 的付款有争议"
    assert mail["Auto-Submitted"] == "auto-generated"
    assert mail.get_content_type() == "multipart/alternative"
    text, html = mail.iter_parts()
    assert text.get_content().splitlines() == ["金额不符。", ".一个点开头的行"]
    assert html.get_content().strip() == "<p>金额不符。</p>"


@pytest.mark.parametrize(
    ("answer", "refusal"),
    [("451 later", VendorBusy), ("554 never", VendorRefused), ("552 full", VendorRefused)],
)
def test_the_servers_word_decides(postman, answer, refusal):
    postman.answers.append(answer)
    with pytest.raises(refusal) as refused:
        send_mail(a_mail())
    assert refused.value.code == answer[:3]
    assert not postman.taken


def test_an_unknown_recipient_is_refused_for_good(postman):
    postman.refuses = "550 no such user"
    with pytest.raises(VendorRefused):
        send_mail(a_mail())


@pytest.mark.fault("F8")
def test_silence_after_the_last_dot_is_nobodys_knowledge(postman, settings):
    settings.EMAIL_TIMEOUT = 0.5
    postman.answers.append("silence")
    with pytest.raises(MailUnanswered):
        send_mail(a_mail())
    assert len(postman.taken) == 1


def test_a_dead_server_has_nothing(settings):
    with socket.create_server((LOOPBACK, 0)) as nobody:
        settings.EMAIL_HOST, settings.EMAIL_PORT = nobody.getsockname()
    with pytest.raises(VendorUnreachable):
        send_mail(a_mail())


def test_a_server_that_never_greets_has_nothing(settings):
    settings.EMAIL_TIMEOUT = 0.3
    with socket.create_server((LOOPBACK, 0)) as mute:
        settings.EMAIL_HOST, settings.EMAIL_PORT = mute.getsockname()
        with pytest.raises(VendorUnreachable):
            send_mail(a_mail())


def test_a_server_that_drips_is_left_in_time(settings, monkeypatch):
    """Each byte comes within the time limit of a byte; together they would take for ever."""
    monkeypatch.setattr(mail_out, "TOTAL_SECONDS", 0.5)
    settings.EMAIL_TIMEOUT = 5
    with socket.create_server((LOOPBACK, 0)) as listening:
        settings.EMAIL_HOST, settings.EMAIL_PORT = listening.getsockname()
        threading.Thread(target=drip, args=[listening], daemon=True).start()
        began = time.monotonic()
        with pytest.raises(VendorUnreachable):
            send_mail(a_mail())
        assert time.monotonic() - began < 30


def drip(listening):
    """Greets properly, then answers EHLO one line after the other without an end."""
    caller, _address = listening.accept()
    with caller, contextlib.suppress(OSError):
        caller.sendall(b"220 drip\r\n")
        for _ in range(200):
            caller.sendall(b"250-and another thing\r\n")
            time.sleep(0.1)


@pytest.mark.parametrize(
    "changes",
    [
        {"subject": "你好\r\nBcc: all@shop.example"},
        {"subject": "你好\nX: y"},
        {"to": "li@shop.example\r\nBcc: all@shop.example"},
        {"to": "li@shop.example, wang@shop.example"},
        {"to": "no address"},
        {"message_id": "7>\r\nBcc: x"},
        {"headers": {"List-Id": "a\nb"}},
        {"headers": {"X\r\nBcc": "b"}},
    ],
)
def test_a_header_cannot_be_broken_into(postman, changes):
    with pytest.raises(UnsafeMail):
        send_mail(a_mail(**changes))
    assert not postman.taken


def test_the_way_out_of_a_list_stays_one_word_however_long():
    address = f"<https://shop.example/reports/unsubscribe/{'x' * 120}/>"
    raw = message_of(a_mail(headers={"List-Unsubscribe": address})).as_bytes()
    assert f"\r\nList-Unsubscribe: {address}\r\n".encode() in raw


def test_a_password_never_travels_in_clear(postman, settings):
    settings.EMAIL_HOST_USER = "shop"
    with pytest.raises(VendorRefused, match="TLS"):
        send_mail(a_mail())


def test_it_names_the_shop_as_sender(settings):
    settings.SHOP_NAME, settings.DEFAULT_FROM_EMAIL = "颐禾堂", "shop@shop.example"
    assert str(message_of(a_mail())["From"]) == "颐禾堂 <shop@shop.example>"
