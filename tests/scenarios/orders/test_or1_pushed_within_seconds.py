"""A4.2a: the system pushes a paid order to both desks in real time, whatever the broker does."""

import os
import subprocess
import sys
import time
from contextlib import contextmanager

import pytest
from django.conf import settings
from django.db import connection

from orders.actions import begin_payment, settle_payment
from orders.models import DeskPush
from shop.clock import now
from shop.events.models import Delivery
from tests import cast
from tests.make import make_order, receipt_for

pytestmark = pytest.mark.django_db(transaction=True)

PATIENCE = 120  # seconds: how soon it was is printed; a slow machine is no failure


@contextmanager
def running(*command, **environment):
    """One of the house's own processes, on the test's database."""
    database = connection.settings_dict
    url = "postgres://{USER}:{PASSWORD}@{HOST}:{PORT}/{NAME}".format(**database)
    process = subprocess.Popen(
        [sys.executable, *command],
        cwd=settings.ROOT,
        env=os.environ | {"DATABASE_URL": url} | environment,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        yield
    finally:
        process.terminate()
        process.wait(PATIENCE)


def is_carried():
    return not Delivery.objects.exclude(state="done").exists()


def wait_for(condition):
    end = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < end, f"not within {PATIENCE} s"
        time.sleep(0.05)


def paid_order():
    order = make_order("unpaid")
    payment = begin_payment(order, by=cast.shopper())
    settle_payment(receipt_for(payment), by=cast.SYSTEM)
    return order


def on_both_desks():
    return DeskPush.objects.count() == 2


@pytest.mark.article("OR1", "A4.2a")
@pytest.mark.fault("D5")
def test_with_a_dead_broker_the_relay_alone_brings_it(oracle):
    # Given a relay whose broker answers nobody, and that has carried something already
    make_order("unpaid")
    with running("manage.py", "relay", BROKER_URL="redis://127.0.0.1:9/0"):
        wait_for(is_carried)

        # When an order is paid
        paid_order()
        paid_at = now()

        # Then it is on both desks, once each, by the relay's own hands
        wait_for(on_both_desks)
        wait_for(is_carried)
    seconds = (max(push.pushed_at for push in DeskPush.objects.all()) - paid_at).total_seconds()
    print(f"push_seconds_without_broker: {seconds:.2f}")


@pytest.mark.article("OR1", "A4.2a")
def test_with_everything_alive_a_worker_brings_it(oracle):
    # Given a relay and a worker
    make_order("unpaid")
    worker = ("-m", "celery", "-A", "shop", "worker", "--pool", "threads", "--concurrency", "2")
    with running("manage.py", "relay"), running(*worker):
        wait_for(is_carried)

        # When an order is paid, then it is on both desks, once each
        paid_order()
        paid_at = now()
        wait_for(on_both_desks)
        wait_for(is_carried)
    seconds = (max(push.pushed_at for push in DeskPush.objects.all()) - paid_at).total_seconds()
    print(f"push_seconds: {seconds:.2f}")
