"""A leak that is planted is found, wherever the run is watched (O13, I1)."""

import logging
import os

import pytest
import redis
import structlog
from django.core.cache import cache
from django.db import connection, transaction
from django.test import Client

from shop.events.models import Delivery
from shop.events.outbox import publish
from shop.events.tasks import deliver
from shop.identity.actions import sign_in_customer
from shop.identity.actors import Actor
from tests import cast
from tests.canaries import WATCH, look_at_the_database, settle
from tests.make import make_order
from tests.shop.test_relay import BellRung

PHONE = "13800001234"


def log_it(text):
    structlog.get_logger().warning("customer_unknown", phone=text)


def log_it_the_plain_way(text):
    logging.getLogger("anything").warning("no customer %s", text)


def log_a_failure_that_says_it(text):
    try:
        raise ValueError(text)
    except ValueError as error:
        structlog.get_logger().warning("failed", exc_info=error)


def cache_under_it(text):
    cache.set(f"customer:{text}", 1, 5)


def cache_it(text):
    cache.set("customer", {"called": text}, 5)


def queue_it(text):
    deliver.apply_async((text,), retry=False)


def ask_for_it(text):
    Client().get("/healthz", {"phone": text})


LEAKS = [
    log_it,
    log_it_the_plain_way,
    log_a_failure_that_says_it,
    cache_under_it,
    cache_it,
    queue_it,
    ask_for_it,
]


@pytest.mark.fault("O13")
@pytest.mark.fault("I1")
@pytest.mark.parametrize("leak", LEAKS, ids=lambda leak: leak.__name__)
def test_a_leak_on_the_way_is_found(valkey_watcher, leak):
    with WATCH.diverted() as hits:
        leak(PHONE)
        settle(valkey_watcher)
        found = list(hits)
        _empty_the_queue()
        settle(valkey_watcher)
    assert found, "the watch must be able to see it"


def _empty_the_queue():
    """Or a worker of a later test takes what was planted, and says it once more."""
    with redis.from_url(os.environ["BROKER_URL"]) as client:
        client.flushdb()


@pytest.mark.django_db
@pytest.mark.fault("I1")
def test_a_token_is_known_by_its_value(valkey_watcher):
    _customer, token = sign_in_customer("openid-of-ming", by=cast.SYSTEM)
    with WATCH.diverted() as hits:
        log_it(token)
    assert hits


@pytest.mark.django_db
@pytest.mark.fault("I1")
def test_a_leak_in_what_is_kept_is_found():
    make_order("unpaid")
    with WATCH.diverted() as hits:
        look_at_the_database()
        assert not hits
        with transaction.atomic():
            publish(BellRung(1), by=Actor.system(f"called by {PHONE}"))
        Delivery.objects.update(last_error=f"OSError: {PHONE} does not answer")
        look_at_the_database()
        found = {where.split()[0] for where, _excerpt in hits}
        with connection.cursor() as cursor:
            cursor.execute("UPDATE events_delivery SET last_error = ''")
        transaction.set_rollback(True)
    assert found == {"fact", "delivery"}


def fails_with_a_customer_in_its_hands():
    phone, openid = PHONE, "openid-of-ming"
    raise OSError(f"{len(phone + openid)} characters could not be sent")


@pytest.mark.fault("I1")
def test_a_failure_is_logged_without_what_the_function_held(capsys):
    """structlog's own default prints the locals of every frame."""
    with WATCH.diverted() as hits:
        try:
            fails_with_a_customer_in_its_hands()
        except OSError as error:
            structlog.get_logger().warning("delivery_failed", exc_info=error)
        written = capsys.readouterr().err
        assert "27 characters" in written or "characters could not be sent" in written
        assert not hits
        with_locals = structlog.dev.ConsoleRenderer(colors=False)
        try:
            fails_with_a_customer_in_its_hands()
        except OSError as error:
            WATCH.look("control", with_locals(None, "warning", {"event": "x", "exc_info": error}))
    assert hits, "the control: printed with its locals, it leaks"
