"""request_erasure, call_off_erasure, erase_customer: the person goes, the records stay."""

import threading
from contextlib import suppress
from datetime import timedelta
from unittest.mock import Mock

import pytest
from django.db import OperationalError, connection, transaction
from django.utils.translation import override

from orders.actions import complete_order
from orders.models import Order
from shop.books.models import PartyBalance
from shop.clock import now, turned_to
from shop.errors import IllegalTransition, InvalidValue, NotAllowed
from shop.events.models import EventLog
from shop.events.relay import run_reactions
from shop.identity.actions import join_if_new
from shop.identity.actors import Actor
from shop.identity.models import Address, Customer, CustomerToken
from shop.notices.models import Consent, Notice
from shop.records import storage
from shop.records.models import StoredFile
from shop.records.sealer import Sealer
from shop.records.verifier import verify_chain
from shop.rights.actions import (
    ERASED,
    call_off_erasure,
    erase_customer,
    request_copy,
    request_erasure,
)
from shop.rights.errors import ErasureHindered
from shop.rights.hindrances import HINDRANCES
from shop.rights.models import DataRequest
from shop.rights.rules import COOLING
from shop.rights.tasks import retry_stopped_erasures
from shop.timing.sweeper import sweep_timers
from shop.work.models import WorkItem
from tests import cast
from tests.make import make_address, make_order
from tests.oracle.judging import breaches
from tests.rights.persons import OPENID, TRACES, canary, stranger, traces_of

pytestmark = [pytest.mark.django_db, pytest.mark.fault("I5")]
LATER = COOLING + timedelta(minutes=1)


def asked(customer):
    return request_erasure(customer, by=Actor.shopper(customer))


def cool_off(after=LATER):
    """The time of the cooling passes, and the clock fires."""
    with turned_to(now() + after):
        sweep_timers()
        run_reactions()


def erased(customer):
    request = asked(customer)
    cool_off()
    request.refresh_from_db()
    assert request.status == "erased"
    return request


def test_a_canary_was_everywhere_and_is_nowhere_after_its_erasure():
    stranger()
    person = canary()
    before = traces_of(*TRACES)
    assert before >= {
        "identity.Customer.openid", "identity.Customer.nickname", "identity.Address.recipient",
        "orders.Order.recipient", "orders.Order.phone", "orders.Order.street",
        "orders.Order.remark", "work.WorkEntry.text", "work.WorkHandOver.why",
        "work.WorkItem.done", "records.StoredFile.name",
    }  # fmt: skip
    erased(person)
    assert traces_of(*TRACES) == set()
    assert traces_of("路人丙", "13899990000") >= {"identity.Address.recipient"}, "others stay"


def test_what_law_keeps_stays_and_tells_of_nobody():
    person = canary()
    order = Order.objects.get(customer=person)
    kept = (order.number, order.payable_fen, order.status, order.placed_at, order.province)
    lines = list(order.lines.values())
    erased(person)
    order.refresh_from_db()
    assert (order.number, order.payable_fen, order.status, order.placed_at, order.province) == kept
    assert list(order.lines.values()) == lines
    assert (order.recipient, order.phone, order.street) == (ERASED,) * 3
    assert Consent.objects.filter(customer=person).exists()
    person.refresh_from_db()
    assert str(person) == f"C{person.pk:06d}"


def test_the_chain_the_books_and_every_invariant_hold_afterwards():
    person = canary()
    Sealer().seal()
    erased(person)
    with turned_to(now() + LATER):
        Sealer().seal()
        assert verify_chain() == []
    assert [found for found in breaches() if not found[0].startswith("timing.")] == []


def test_tokens_are_dead_files_are_gone_and_the_same_wechat_is_somebody_new(
    django_capture_on_commit_callbacks,
):
    person = canary()
    stored = StoredFile.objects.get(owner=person.party_id)
    with django_capture_on_commit_callbacks(execute=True):
        erased(person)
    assert not CustomerToken.objects.filter(customer=person).exists()
    assert not Address.objects.filter(party=person.party_id).exists()
    assert stored.key not in storage.all_keys()
    assert join_if_new(OPENID, by=cast.SYSTEM) != person


def test_a_second_run_changes_nothing():
    person = canary()
    request = erased(person)
    facts = EventLog.objects.count()
    before = Customer.objects.filter(pk=person.pk).values().get()
    with turned_to(now() + LATER + timedelta(days=1)):
        assert erase_customer(request, by=cast.SYSTEM).status == "erased"
    assert EventLog.objects.count() == facts
    assert Customer.objects.filter(pk=person.pk).values().get() == before


@pytest.mark.parametrize("state", ["unpaid", "paid", "shipped", "signed"])
def test_an_open_order_hinders_it_and_the_answer_names_the_order(state):
    order = make_order(state)
    with override("zh-hans"), pytest.raises(ErasureHindered) as refusal:
        asked(order.customer)
    assert order.number in str(refusal.value)
    assert not DataRequest.objects.exists()


@pytest.mark.parametrize("balance", [-100, 250])
def test_money_that_is_owed_hinders_it(balance):
    PartyBalance.objects.create(party=cast.customer().party, account="2241.01", balance_fen=balance)
    with pytest.raises(ErasureHindered):
        asked(cast.customer())


def test_nothing_is_erased_while_it_can_be_called_off_and_then_it_stays():
    person = canary()
    request = asked(person)
    assert asked(person) == request
    cool_off(COOLING - timedelta(minutes=1))
    assert erase_customer(request, by=cast.SYSTEM).status == "cooling"
    call_off_erasure(request, by=Actor.shopper(person))
    cool_off()
    assert traces_of(OPENID) == {"identity.Customer.openid"}
    with pytest.raises(IllegalTransition):
        call_off_erasure(request, by=Actor.shopper(person))
    assert asked(person) != request


def test_it_cannot_be_called_off_afterwards():
    person = canary()
    request = erased(person)
    with pytest.raises(IllegalTransition):
        call_off_erasure(request, by=cast.staff("service_supervisor"))
    with pytest.raises(InvalidValue):
        request_copy(Customer.objects.get(pk=person.pk), by=cast.SYSTEM)


def test_what_comes_up_in_the_cooling_stops_it_and_people_see_to_it():
    cast.staff("service_supervisor")
    ming = cast.customer()
    request = asked(ming)
    order = make_order("signed", customer=ming)
    cool_off()
    request.refresh_from_db()
    assert request.status == "stopped"
    case = WorkItem.objects.get(kind="stopped_erasure")
    assert (case.subject, case.role) == (request.stream, "service_supervisor")
    complete_order(order, by=cast.SYSTEM)
    with turned_to(now() + LATER):
        retry_stopped_erasures(now())
        run_reactions()
    request.refresh_from_db()
    case.refresh_from_db()
    assert (request.status, case.status) == ("erased", "closed")


def test_the_customer_is_told_that_it_was_asked_for():
    asked(cast.customer())
    run_reactions()
    assert Notice.objects.get(kind="rights.erasure_begun").party_id == cast.customer().party_id


def test_who_may_ask_and_who_may_not():
    with pytest.raises(NotAllowed):
        request_erasure(cast.customer("hua"), by=cast.shopper())
    with pytest.raises(InvalidValue):
        request_erasure(cast.customer(), by=cast.staff("service_agent"))
    with pytest.raises(NotAllowed):
        request_erasure(cast.customer(), "in_person", by=cast.staff("finance"))
    request = request_erasure(cast.customer(), "in_person", by=cast.staff("service_agent"))
    with pytest.raises(NotAllowed):
        call_off_erasure(request, by=cast.shopper("hua"))
    with pytest.raises(NotAllowed):
        erase_customer(request, by=cast.shopper())


def erase_beside_an_order(tries):
    """The clock erases in the moment between an order's being placed and its commit."""
    ming = cast.customer()
    make_address(ming)
    request = asked(ming)
    placed, may_commit = threading.Event(), threading.Event()

    def place():
        with suppress(OperationalError), transaction.atomic():
            make_order("unpaid", customer=ming)
            placed.set()
            may_commit.wait(20)
        connection.close()

    def erase():
        for _nth in range(tries):  # a slow machine may pass the limit of a lock: it tries again
            with turned_to(now() + LATER), suppress(OperationalError):
                erase_customer(request, by=cast.SYSTEM)
                break
        connection.close()

    ordering = threading.Thread(target=place, daemon=True)
    erasing = threading.Thread(target=erase, daemon=True)
    ordering.start()
    assert placed.wait(20)
    erasing.start()
    erasing.join(1)  # with the lock it waits for the order
    may_commit.set()
    for thread in (ordering, erasing):
        thread.join(30)
    request.refresh_from_db()
    return request


class Unlocked:
    """Addresses that nobody locks."""

    objects = Mock(select_for_update=lambda: Address.objects.all())


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("locked", [True, False])
def test_an_order_that_comes_in_meanwhile_stops_it(monkeypatch, locked):
    """The control leaves the addresses unlocked: the order has nobody it is for, or a deadlock
    ends one of the two.
    """
    if not locked:
        monkeypatch.setattr("shop.rights.actions.Address", Unlocked)
    request = erase_beside_an_order(tries=10 if locked else 1)
    assert (request.status == "stopped") is locked
    if locked:
        assert Order.objects.get(customer=request.customer).recipient == "王明"


def test_every_question_is_asked():
    asked_by_name = {ask.__name__ for ask in HINDRANCES}
    assert asked_by_name >= {"an_order_is_open", "a_case_is_open", "money_is_owed"}
