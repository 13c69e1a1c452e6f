"""How the demo's staff sign in: a password of their own, the same after every start."""

import base64
import hashlib
import hmac

from django.conf import settings

LENGTH = 15


def password_for(username: str) -> str:
    """Fifteen letters and digits in groups of five, derived from SECRET_KEY and the name."""
    digest = hmac.digest(settings.SECRET_KEY.encode(), username.encode(), hashlib.sha256)
    letters = base64.b32encode(digest).decode().lower()[:LENGTH]
    return "-".join(letters[i : i + 5] for i in range(0, LENGTH, 5))
