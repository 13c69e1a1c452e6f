"""The customers of the year: written as they came, each with an address book and what they agreed
to."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from django.conf import settings

from demo.history.facts import Author, Facts
from demo.history.rows import Rows
from demo.people import Person
from marketing.events import MembershipJoined
from shop.identity.events import CustomerJoined
from shop.identity.fields import blind_index, seal
from shop.identity.models import Customer
from shop.records.models import PolicyVersion
from shop.vendors.wechat.simulator.accounts import Accounts

VOUCHED = Author("api", reason="WeChat vouches for the openid")
MINUTE = timedelta(minutes=1)


def write_customers(
    newcomers: Iterable[tuple[Person, datetime]], rows: Rows, facts: Facts
) -> dict[Person, Customer]:
    """Everybody who came, at the instant they came. Their openids are the simulator's."""
    accounts = Accounts(settings.WECHAT.appid)
    agreed = list(PolicyVersion.objects.published().for_customers().filter(number=1))
    came = {}
    for person, at in newcomers:
        customer = _customer(person, accounts.openid(person.buyer), at, rows)
        shopper = Author("api", customer_id=customer.pk)
        facts.tell(CustomerJoined(customer.pk), at, VOUCHED)
        if person.is_member:
            rows.add("marketing_membership", customer_id=customer.pk, joined_at=at + MINUTE)
            facts.tell(MembershipJoined(customer.pk), at + MINUTE, shopper)
        for version in agreed:
            rows.add(
                "records_policyacceptance",
                version_id=version.pk,
                customer_id=customer.pk,
                text_hash=bytes(version.text_hash),
                accepted_at=at + MINUTE,
            )
        came[person] = customer
    return came


def _customer(person: Person, openid: str, at: datetime, rows: Rows) -> Customer:
    party_id = rows.add("identity_party", kind="person", created_at=at)
    customer_id = rows.add(
        "identity_customer",
        party_id=party_id,
        openid=seal(openid, "identity_customer.openid"),
        openid_index=blind_index(openid),
        unionid=None,
        nickname=person.nickname,
        created_at=at,
        erased_at=None,
    )
    for address in person.addresses:
        rows.add(
            "identity_address",
            party_id=party_id,
            recipient=seal(address.recipient, "identity_address.recipient"),
            phone=seal(address.phone, "identity_address.phone"),
            province=address.province,
            city=address.city,
            district=address.district,
            street=seal(address.street, "identity_address.street"),
            is_default=address.is_default,
            created_at=at,
        )
    return Customer(pk=customer_id, party_id=party_id, nickname=person.nickname, created_at=at)
