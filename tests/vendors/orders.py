"""Orders at WeChat Pay, as the tests place and pay them."""

import secrets
from datetime import UTC, datetime, timedelta

BUYER = "王芳"


def new_number():
    return f"T{secrets.token_hex(10)}"


def openid_of(simulator, buyer=BUYER):
    return simulator.remote.login_code(buyer)[1]


def prepaid(pay, simulator, notify_url, number=None, **changes):
    """A prepay_id for an order of 9,900 fen by 王芳."""
    order = {
        "amount_fen": 9900,
        "description": "深海鱼油软胶囊 60粒",
        "openid": openid_of(simulator),
        "notify_url": notify_url,
        "expires_at": datetime.now(UTC) + timedelta(minutes=30),
    }
    return pay.prepay(number or new_number(), **(order | changes))


def paid(pay, simulator, notify_url, number=None, **changes):
    """The same order, paid by 王芳; what WeChat Pay then says of it."""
    prepay_id = prepaid(pay, simulator, notify_url, number, **changes)
    return simulator.remote.pay(BUYER, pay.client_parameters(prepay_id))
