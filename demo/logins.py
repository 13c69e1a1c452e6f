"""How the demo's staff sign in: a password and a device of their own, the same after every start.

Both are derived from SECRET_KEY and the name, so that they can be printed again and are nowhere
stored in clear.
"""

import base64
import hashlib
import hmac
import time
from dataclasses import dataclass

from django.conf import settings
from django_otp.oath import TOTP
from django_otp.plugins.otp_totp.models import TOTPDevice

from demo.staff import STAFF
from shop.identity.actions import confirm_device, enrol_device
from shop.identity.actors import Actor
from shop.identity.models import User
from shop.identity.roles import BY_CODE, Role

LENGTH = 15
STEP_SECONDS = 30


@dataclass(frozen=True)
class Login:
    """All that somebody needs to sign in now. `code` is good for half a minute and once."""

    role: Role
    username: str
    name: str
    password: str
    code: str


def logins() -> list[Login]:
    """One line for each member of the demo's staff."""
    return [
        Login(
            BY_CODE[one.role],
            one.username,
            one.name,
            password_for(one.username),
            code_for(one.username),
        )
        for one in STAFF
    ]


def password_for(username: str) -> str:
    """Fifteen letters and digits in groups of five, derived from SECRET_KEY and the name."""
    letters = base64.b32encode(_derived(username)).decode().lower()[:LENGTH]
    return "-".join(letters[i : i + 5] for i in range(0, LENGTH, 5))


def secret_for(username: str) -> str:
    """The device's secret in hex, derived the same way."""
    return _derived(f"device of {username}")[:20].hex()


def code_for(username: str, steps_ago: int = 0) -> str:
    """The six digits that the person's device shows now, or showed some half-minutes ago."""
    shown = TOTP(bytes.fromhex(secret_for(username)))
    shown.time = time.time() - steps_ago * STEP_SECONDS
    return f"{shown.token():06d}"


def totp_device_for(user: User, *, by: Actor) -> TOTPDevice:
    """The person's device, enrolled as they would do it; the code of this moment stays unused."""
    device = enrol_device(user, secret_for(user.username), by=by)
    confirm_device(device, code_for(user.username, steps_ago=1), by=by)
    return device


def _derived(text: str) -> bytes:
    return hmac.digest(settings.SECRET_KEY.encode(), text.encode(), hashlib.sha256)
