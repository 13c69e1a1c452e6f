"""Our client of the session's simulator, and a place for its notices."""

import pytest

from shop.vendors.wechat.pay import Pay
from tests.vendors.receiver import Receiver


@pytest.fixture(scope="session")
def client(running):
    """Made once: checking the merchant's key costs 60 ms."""
    return Pay(running.settings.pay)


@pytest.fixture
def pay(simulator, client):
    return client


@pytest.fixture
def receiver():
    """Where notices are sent to: keeps each and answers 204, or what a test sets."""
    with Receiver() as receiver:
        yield receiver
