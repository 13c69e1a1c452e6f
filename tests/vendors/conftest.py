"""One set of keys and one simulator process for the whole session."""

import pytest

from shop.vendors.wechat.pay import Pay
from tests.vendors.receiver import Receiver
from tests.wechat import make_keys, running_simulator


@pytest.fixture(scope="session")
def keys(tmp_path_factory):
    return make_keys(tmp_path_factory.mktemp("keys"))


@pytest.fixture(scope="session")
def running(keys):
    with running_simulator(keys) as simulator:
        yield simulator


@pytest.fixture
def simulator(running):
    """The simulator with all faults off."""
    running.remote.clear_faults()
    yield running
    running.remote.clear_faults()


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
