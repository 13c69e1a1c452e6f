"""Signed-in staff without a browser."""

import pytest
from django.test import Client
from django_otp import DEVICE_ID_SESSION_KEY

from shop.identity.actions import enrol_device
from tests import cast


def desk_of(role, name=""):
    """A client of this post, past both factors."""
    user = cast.staff(role, name).user
    device = user.totpdevice_set.first() or enrol_device(user, by=cast.SYSTEM)
    device.confirmed = True
    device.save()
    client = Client()
    client.force_login(user, "shop.identity.backends.RolesBackend")
    session = client.session
    session[DEVICE_ID_SESSION_KEY] = device.persistent_id
    session.save()
    return client


@pytest.fixture
def desk(db):
    return desk_of
