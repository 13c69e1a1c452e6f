"""What every test shares: roles in the database, an empty cache, the people of the cast."""

import pytest
from django.conf import settings
from django.core.cache import cache

from shop.identity.actions import sync_roles
from shop.identity.actors import Actor
from tests.phone import Phone
from tests.wechat import make_keys, running_simulator


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup, django_db_blocker):
    with django_db_blocker.unblock():
        sync_roles(by=Actor.system("tests"))


@pytest.fixture(autouse=True)
def _empty_cache():
    cache.clear()


def pytest_configure():
    # Argon2 is slow on purpose; what it protects is not under test.
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]


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


@pytest.fixture
def wechat(simulator, settings):
    """The shop's own WeChat settings lead to the simulator; its control API."""
    settings.WECHAT = simulator.settings
    return simulator.remote


@pytest.fixture
def phone(live_server, wechat, settings):
    """Makes phones of signed-in customers, by name; the shop is a live server."""
    settings.PUBLIC_URL = live_server.url
    return lambda owner="ming": Phone(live_server.url, wechat, owner).sign_in()
