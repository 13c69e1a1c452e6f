"""What every test shares: roles in the database, an empty cache, the people of the cast."""

import pytest
from django.conf import settings
from django.core.cache import cache

from shop.identity.actions import sync_roles
from shop.identity.actors import Actor


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
