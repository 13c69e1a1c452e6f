"""Killed between the vendor and our mark: sent again under one number, known for a repeat."""

import os
import signal
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest
from django.db import connection

from shop.clock import now, turned_to
from shop.events.models import Delivery
from shop.events.relay import run_reactions, take_due
from shop.notices import rendering
from shop.notices.actions.raising import Fact, send_notice
from shop.notices.notices import TIMER_DIED
from shop.timing.models import Timer
from tests import cast
from tests.notices.cases import sending

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.fault("D2")]

DIES = """
import os, signal, sys
import django
django.setup()
from shop.notices import flows
flows.settle_sending = lambda *sending, **by: os.kill(os.getpid(), signal.SIGKILL)
from shop.events.relay import deliver
deliver(int(sys.argv[1]))
"""


def killed_worker(delivery, postman):
    """A process of its own delivers it and is killed once the mail is out."""
    database = connection.settings_dict
    address = "postgres://{USER}:{PASSWORD}@{HOST}:{PORT}/{NAME}".format(**database)
    environment = {
        "DJANGO_SETTINGS_MODULE": "shop.settings",
        "DATABASE_URL": address,
        "EMAIL_URL": f"smtp://127.0.0.1:{postman.port}",
        "MAIL_FROM": "shop@shop.example",
    }
    ended = subprocess.run(
        [sys.executable, "-c", DIES, str(delivery.pk)],
        env=os.environ | environment,
        timeout=60,
        check=False,
    )
    assert ended.returncode == -signal.SIGKILL


@pytest.fixture
def _at_this_hour():
    """The worker is a process of its own: nobody turns its clock."""
    with turned_to(datetime.now(UTC)):
        yield


@pytest.fixture
def told_twice(_at_this_hour, postman):
    """A mail whose worker was killed before it could say so, and what the next one did."""
    user = cast.staff("technical_lead").user
    user.email = "jishu@shop.example"
    user.save()
    timer = Timer.objects.create(
        kind="tests.bell", subject="bell:1", generation=1, level=1, due_at=now(), try_at=now(),
        state="dead",
    )  # fmt: skip
    send_notice(TIMER_DIED, "technical_lead", Fact(f"timer:{timer.pk}"), by=cast.SYSTEM)
    take_due("mail")
    killed_worker(Delivery.objects.get(), postman)
    assert len(postman.taken) == 1
    mail = sending("mail")
    assert (mail.status, mail.attempts) == ("sending", 1)

    def again():
        with turned_to(now() + timedelta(seconds=61)):
            run_reactions()
        return postman.taken, sending("mail")

    return again


def test_it_is_sent_again_known_for_a_repeat_and_counted(told_twice):
    mails, mail = told_twice()
    assert len(mails) == 2
    assert len({one["Message-ID"] for one in mails}) == 1
    assert (mail.status, mail.attempts, mail.repeats) == ("sent", 2, 1)


def test_control_without_a_number_of_its_own_a_repeat_looks_like_news(told_twice, monkeypatch):
    fixed = rendering.Mail
    monkeypatch.setattr(
        rendering, "Mail", lambda **parts: fixed(**parts | {"message_id": f"{uuid4()}@shop"})
    )
    mails, _mail = told_twice()
    assert len({one["Message-ID"] for one in mails}) == 2
