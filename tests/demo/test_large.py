"""A large shop, small: written as the whole million is, and held to everything the oracle knows."""

from collections import Counter
from dataclasses import replace
from datetime import datetime, timedelta
from random import Random

import pytest
from django.db import connection, transaction
from django.db.models import Count, F, Sum

from catalog.models import Lot, Offer, Product, ProductRevision
from demo.history.writing import write_past
from demo.history.year import Year
from demo.large.building import write
from demo.large.sealing import seal_everything
from demo.large.size import Size
from demo.people import person
from demo.plan import lived, ordered
from demo.timeline import Cast
from marketing.models import Membership
from orders import rules
from orders.models import Order, OrderLine, TrackingScan
from shop.clock import SHANGHAI, turned_to
from shop.events.models import Delivery, EventLog, Stream
from shop.identity.actions import sync_roles
from shop.identity.actors import Actor
from shop.identity.models import Address, Customer, User
from shop.records.models import AuditEntry
from shop.records.rules import instant_of
from shop.records.verifier import verify_chain
from shop.timing.models import Clock
from tests import cast
from tests.oracle.judging import breaches

pytestmark = pytest.mark.timeout(1_200)  # seconds: of a slow machine
NOW = datetime(2026, 11, 20, 16, 30, tzinfo=SHANGHAI)
SIZE = Size(0.001)


def silently(work, count, total):
    pass


@pytest.fixture(scope="module")
def written(django_db_setup, django_db_blocker):
    """Written once for all tests here, and rolled back after them."""
    with django_db_blocker.unblock(), transaction.atomic():
        sync_roles(by=cast.SYSTEM)
        with turned_to(NOW):
            yield write(SIZE, silently)
        transaction.set_rollback(True)


@pytest.fixture(autouse=True)
def _on_that_day():
    with turned_to(NOW):
        yield


def test_it_says_what_it_made(written):
    assert written.orders == Order.objects.count() == 1_000
    assert written.products == Product.objects.count()
    assert written.customers == Customer.objects.count() >= 200


def test_the_oracle_finds_nothing_wrong(written):
    assert breaches(idle=True) == []


def test_what_the_sealer_would_have_sealed_is_a_chain(written):
    assert seal_everything() == EventLog.objects.count() + AuditEntry.objects.count()
    assert verify_chain() == []
    assert seal_everything() == 0


def test_every_fact_is_carried_and_stands_in_its_time(written):
    assert not list(Delivery.objects.exclude(state="done").values_list("reaction", "last_error"))
    told = Counter(EventLog.objects.values_list("stream", flat=True))
    assert told == dict(Stream.objects.values_list("name", "seq"))
    for fact in EventLog.objects.all():
        assert abs(instant_of(fact.pk) - fact.at).total_seconds() < 0.002
    assert not EventLog.objects.filter(at__gt=NOW + timedelta(minutes=5)).exists()


def test_goods_of_one_kind_and_price_differ_in_brand_and_number(written):
    assert OrderLine.objects.filter(title=F("revision__title")).count() == OrderLine.objects.count()
    revisions = ProductRevision.objects.exclude(approval_number="")
    for revision in revisions:
        assert revision.content_hash is not None
    numbers = revisions.values_list("approval_number", flat=True)
    assert len(set(numbers)) == len(numbers) > 0


def test_an_order_goes_to_its_customers_own_address(written):
    for order in Order.objects.select_related("customer__party")[:50]:
        home = Address.objects.get(party=order.customer.party, is_default=True)
        assert (order.recipient, order.phone, order.street) == (
            home.recipient, home.phone, home.street,
        )  # fmt: skip
        assert order.customer.created_at < order.placed_at
    bought_as_members = Order.objects.filter(list_fen__gt=F("payable_fen")).values("customer")
    assert set(bought_as_members.values_list("customer", flat=True)) <= set(
        Membership.objects.values_list("customer", flat=True)
    )


def test_few_buy_often_and_some_goods_sell_best(written):
    by_customer = Order.objects.values("customer").annotate(times=Count("pk"))
    assert max(row["times"] for row in by_customer) > 5
    sold = dict(OrderLine.objects.order_by().values_list("sku").annotate(Sum("quantity")))
    assert max(sold.values()) > 3 * (sum(sold.values()) / Offer.objects.count())


def test_a_carrier_that_repeats_a_scan_is_recognized(written):
    """The digest is made by the database, and is the one that our rule makes."""
    for scan in TrackingScan.objects.all()[:200]:
        at = scan.at.astimezone(SHANGHAI)
        assert bytes(scan.digest) == rules.scan_digest(at, scan.state, scan.text, scan.place)


def test_old_lots_are_sold_out_and_all_goods_are_in_stock_or_nearly_were(written):
    gone = Lot.objects.exclude(status="sellable")
    assert gone.exists()
    assert not gone.filter(balances__place="shelf", balances__quantity__gt=0).exists()
    assert Offer.objects.filter(available__gt=0).count() > Offer.objects.count() / 2


def test_the_same_instant_gives_the_same_shop(written):
    before = figures()
    point = transaction.savepoint()
    empty_the_shop()
    with turned_to(NOW):
        write(SIZE, silently)
    again = figures()
    transaction.savepoint_rollback(point)
    assert again == before


def empty_the_shop():
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute(
            "SELECT string_agg(format('%I', relname), ', ') FROM pg_class c"
            " WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p')"
            " AND NOT relispartition AND relname !~ '^(django|auth|catalog_place|records_channel)'"
        )
        cursor.execute(f"TRUNCATE {cursor.fetchone()[0]} RESTART IDENTITY CASCADE")


def figures():
    """What must not be left to chance: who bought what for how much, when and where to."""
    return [
        list(Order.objects.order_by("pk").values_list(
            "customer", "payable_fen", "placed_at", "signed_at", "province")),
        list(OrderLine.objects.order_by("pk").values_list("sku__code", "quantity", "payable_fen")),
        list(Offer.objects.order_by("sku__code").values_list("sku__code", "available")),
        list(Lot.objects.order_by("pk").values_list("code", "status", "expires_on")),
        list(Customer.objects.order_by("pk").values_list("nickname", "created_at")),
    ]  # fmt: skip


def test_what_is_under_way_at_the_end_is_promised_armed_and_kept_in_stock(written):
    """Paid a while ago, confirmed today, shipped yesterday: none of it is lived by anybody."""
    someone = replace(person(9_999_001), is_member=False)
    buyer = Customer.objects.filter(membership=None).earliest("pk")
    staff = {one.username: Actor.staff(one) for one in User.objects.filter(is_staff=True)}
    sku = Offer.objects.filter(available__gt=20).earliest("pk").sku.code
    dice = Random("under way")
    plans = [
        lived(ordered(someone, NOW - timedelta(minutes=ago), ((sku, 1),), dice), dice)
        for ago in (30, 31, 32, 33, 34, 35, 240, 360, 2_000, 2_200)
    ]
    write_past(Year((), ()), plans, NOW, Cast(staff=staff, customers={someone: buyer}))
    left = Order.objects.filter(customer=buyer, placed_at__gte=NOW - timedelta(days=2))
    assert {"paid", "confirmed", "shipped"} <= set(left.values_list("status", flat=True))
    running = Clock.objects.filter(status="running", subject__in=[one.stream for one in left])
    assert running.count() == left.filter(status__in=["paid", "confirmed"]).count()
    # The chain is right to call them inserted: their days were sealed when the shop was built.
    assert {code for code, *_found in breaches()} <= {"records.the_chain_is_whole"}
