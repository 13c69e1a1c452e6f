"""Sign-in waits for WeChat: no transaction is open meanwhile."""

from django.db import transaction
from django.utils.translation import gettext_noop

from shop.identity.actions import sign_in_customer, sign_out
from shop.identity.actors import Actor, Door
from shop.identity.models import Customer, CustomerToken
from shop.records.models import AuditEntry
from shop.records.trail import record
from shop.vendors.wechat.login import get_login

BY_WECHAT = gettext_noop("by WeChat")
BY_THEMSELVES = gettext_noop("by themselves")


def sign_in_by_wechat(code: str) -> tuple[Customer, str]:
    """Exchange the mini-program's login code for our customer and a token.

    The code is single-use and lives five minutes. Raises BadCode and its siblings.
    """
    session = get_login().code2session(code)
    by = Actor.system("WeChat vouches for the openid", Door.API)
    with transaction.atomic():
        customer, token = sign_in_customer(session.openid, session.unionid, by=by)
        shopper = Actor.shopper(customer)
        record(AuditEntry.Kind.SIGN_IN, customer.stream, BY_WECHAT, by=shopper)
    return customer, token


def end_session(token: CustomerToken, *, by: Actor) -> None:
    """Revoke this device's token; on record with it."""
    with transaction.atomic():
        sign_out(token, by=by)
        record(AuditEntry.Kind.SIGN_OUT, f"customer:{token.customer_id}", BY_THEMSELVES, by=by)
