"""How the demo's customers came: signed in by WeChat, saved their addresses, joined the members."""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from functools import partial
from random import Random

from django.conf import settings

from demo.notices import answer_consents
from demo.people import Person, people
from demo.plan import CUSTOMERS, DAYS, PlannedOrder
from demo.timeline import Act, Cast
from marketing.actions import join_membership
from shop.identity.actions import rename_customer, save_address, sign_in_customer
from shop.identity.actors import Actor, Door
from shop.records.actions.policies import accept_policies
from shop.records.in_force import policies_in_force
from shop.vendors.wechat.simulator.accounts import Accounts


def arrivals(now: datetime, orders: Sequence[PlannedOrder], cast: Cast) -> Iterator[Act]:
    """Everybody arrives on some day since the shop opened, and before their first order."""
    dice = Random("颐禾堂:arrivals")
    first_orders = {order.person: order.placed_at for order in reversed(orders)}
    for person in people(CUSTOMERS):
        someday = now - timedelta(minutes=dice.randint(60, (DAYS + 1) * 24 * 60))
        latest = first_orders.get(person, now) - timedelta(minutes=dice.randint(4, 40))
        yield Act(min(someday, latest), partial(arrive, person, cast))


def arrive(person: Person, cast: Cast) -> None:
    """The openid is what the WeChat simulator gives this person: they can come back by HTTP."""
    openid = Accounts(settings.WECHAT.appid).openid(person.buyer)
    vouched = Actor.system("WeChat vouches for the openid", Door.API)
    customer, _token = sign_in_customer(openid, by=vouched)
    by = Actor.shopper(customer)
    cast.customers[person] = rename_customer(customer, person.nickname, by=by)
    for text in person.addresses:
        cast.addresses[person, text] = save_address(customer, text, by=by)
    accept_policies(customer, policies_in_force(), by=by)
    if person.is_member:
        join_membership(customer, by=by)
    answer_consents(customer, Random(f"颐禾堂:consent:{person.number}"))
