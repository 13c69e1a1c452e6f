"""Our client of the session's simulator, and a place for its notices."""

import pytest

from shop.vendors.wechat.notices import Notices
from shop.vendors.wechat.pay import Pay
from shop.vendors.wechat.simulator.notices import sealed_notice, signed_headers
from tests.vendors.crafted import AT, SUCCESS
from tests.vendors.receiver import Receiver
from tests.wechat import API_V3_KEY, PUBLIC_KEY_ID, pay_settings


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


@pytest.fixture(scope="session")
def notices(keys):
    return Notices(pay_settings(keys))


@pytest.fixture(scope="session")
def craft(keys):
    """A notice signed with WeChat Pay's key; `transaction` and body may be changed before that."""

    def craft(transaction=SUCCESS, *, at=AT, key=keys.platform, serial=PUBLIC_KEY_ID, **changes):
        known = {"at": at, "key": key, "serial": serial, "api_v3_key": API_V3_KEY}
        return sealed_notice(transaction, **known, **changes)

    return craft


@pytest.fixture(scope="session")
def sign(keys):
    """Headers of WeChat Pay over any bytes at all."""

    def sign(raw, at=AT):
        return signed_headers(raw, at=at, key=keys.platform, serial=PUBLIC_KEY_ID)

    return sign
