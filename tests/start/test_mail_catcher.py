"""The mail catcher, as the process that the demo starts."""

import smtplib
from email import message_from_bytes, policy
from email.message import EmailMessage

import pytest

from start import mail_catcher
from start.ports import free_port
from tests.start.conftest import wait_until

START = "import runpy, sys; runpy.run_module('start.mail_catcher', run_name='__main__')"


@pytest.fixture
def caught(script, ground):
    """A running catcher: its process, port and folder."""
    port, folder = free_port(), ground / "mail"
    process = script(START, f"--port={port}", f"--folder={folder}")
    assert process.stdout.readline() == f"every mail is kept in {folder}\n"
    return process, port, folder


def a_mail(subject="您的订单已发货", size=0):
    mail = EmailMessage(policy=policy.SMTP)
    mail["From"], mail["To"], mail["Subject"] = "shop@localhost", "kefu@localhost", subject
    mail.set_content("快递单号 SF123\n" + ("x" * 70 + "\n") * (size // 70))
    return mail


def test_a_mail_becomes_a_file_and_a_line(caught):
    process, port, folder = caught
    with smtplib.SMTP("127.0.0.1", port) as connection:
        connection.send_message(a_mail())
    line = process.stdout.readline()
    assert line.startswith("kefu@localhost: 您的订单已发货 → ")
    (file,) = folder.glob("*.eml")
    kept = message_from_bytes(file.read_bytes(), policy=policy.default)
    assert kept["Subject"] == "您的订单已发货"
    assert "SF123" in kept.get_content()


def test_a_mail_that_is_too_large_is_refused(caught):
    _, port, folder = caught
    large, refused = a_mail(size=mail_catcher.LARGEST_MAIL), smtplib.SMTPSenderRefused
    with smtplib.SMTP("127.0.0.1", port) as connection, pytest.raises(refused, match="552"):
        connection.send_message(large)
    assert list(folder.glob("*.eml")) == []


def test_only_the_newest_mails_are_kept(tmp_path, monkeypatch):
    monkeypatch.setattr(mail_catcher, "KEPT", 2)
    monkeypatch.setattr(mail_catcher, "KEPT_BYTES", 100)
    catcher = mail_catcher.Catcher(tmp_path)
    files = []
    for size in (10, 90, 20, 200):
        (file := catcher._free_name()).write_bytes(b"x" * size)
        catcher._forget_oldest(keep=file)
        files.append(file)
        sizes = sorted(path.stat().st_size for path in tmp_path.iterdir())
        assert sizes == {10: [10], 90: [10, 90], 20: [20], 200: [200]}[size]


def test_it_ends_when_asked(caught):
    process, _, _ = caught
    process.terminate()
    wait_until(lambda: process.poll() == 0)
