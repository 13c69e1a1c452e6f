"""A signed-in device without a network: DRF's client with a real token."""

import pytest
from rest_framework.test import APIClient

from shop.identity.actions import sign_in_customer
from tests import cast


def device_of(name):
    _customer, token = sign_in_customer(f"openid-of-{name}", by=cast.SYSTEM)
    return APIClient(headers={"Authorization": f"Bearer {token}"})


@pytest.fixture
def ming(db):
    return device_of("ming")


@pytest.fixture
def hua(db):
    return device_of("hua")


@pytest.fixture
def stranger(db):
    return APIClient()
