"""A signed-in device without a network: DRF's client with a real token."""

from uuid import uuid4

import pytest
from rest_framework.test import APIClient

from shop.identity.actions import sign_in_customer
from tests import cast


class Device(APIClient):
    """Sends a fresh idempotency key with every POST, as the mini-program does."""

    def post(self, path, *args, headers=None, **kwargs):
        headers = {"Idempotency-Key": uuid4().hex} | (headers or {})
        return super().post(path, *args, headers=headers, **kwargs)


def device_of(name):
    _customer, token = sign_in_customer(f"openid-of-{name}", by=cast.SYSTEM)
    return Device(headers={"Authorization": f"Bearer {token}"})


@pytest.fixture
def ming(db):
    return device_of("ming")


@pytest.fixture
def hua(db):
    return device_of("hua")


@pytest.fixture
def stranger(db):
    return APIClient()
