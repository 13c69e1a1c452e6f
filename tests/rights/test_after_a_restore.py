"""I7: a backup is restored, and whoever was erased since then is erased again."""

from datetime import timedelta
from io import StringIO

import pytest
from django.core.management import call_command
from django.db import transaction

from shop.clock import now, turned_to
from shop.errors import NotAllowed
from shop.events.relay import run_reactions
from shop.identity.actors import Actor
from shop.identity.models import Customer
from shop.rights.actions import erase_again, request_erasure
from shop.rights.remembered import all_gone, come_back, remember_the_missing
from shop.rights.rules import COOLING
from shop.rights.tasks import complete_the_list_of_erased
from shop.timing.sweeper import sweep_timers
from tests import cast
from tests.make import make_order
from tests.oracle.judging import breaches
from tests.rights.persons import TRACES, canary, stranger, traces_of

pytestmark = [pytest.mark.django_db, pytest.mark.fault("I7"), pytest.mark.article("MA10", "D6.1.3")]


@pytest.fixture(autouse=True)
def other_volume(settings, tmp_path):
    settings.AUDIT_ANCHORS = tmp_path


def erase(customer):
    request_erasure(customer, by=Actor.shopper(customer))
    with turned_to(now() + COOLING + timedelta(minutes=1)):
        sweep_timers()
        run_reactions()


def restored_after_erasing(customer):
    """The list stands on another volume; all rows are as they were before the erasure."""
    backup = transaction.savepoint()
    erase(customer)
    assert Customer.objects.get(pk=customer.pk).erased_at
    complete_the_list_of_erased(now())
    transaction.savepoint_rollback(backup)
    assert Customer.objects.get(pk=customer.pk).erased_at is None


def erased_again():
    told, complaints = StringIO(), StringIO()
    with turned_to(now() + COOLING + timedelta(hours=1)):
        call_command("erase_again", stdout=told, stderr=complaints)
    return told.getvalue(), complaints.getvalue()


def test_whom_a_restored_backup_brought_back_is_erased_again_and_nobody_else():
    stays, person = stranger(), canary()
    restored_after_erasing(person)
    assert traces_of(*TRACES), "the control: the backup remembers them"

    said, complaints = erased_again()

    assert "已重新注销 1 位顾客" in said and not complaints
    assert traces_of(*TRACES) == set()
    assert not [found for found in breaches() if found[0] == "rights.the_erased_are_nowhere"]
    assert stays is None or Customer.objects.get(pk=stays.pk).erased_at is None
    assert "已重新注销 0 位顾客" in erased_again()[0], "a repeat finds nobody"


def test_an_erasure_that_was_cooling_in_the_backup_is_finished_not_doubled():
    person = cast.customer("left")
    request = request_erasure(person, by=Actor.shopper(person))
    backup = transaction.savepoint()
    with turned_to(now() + COOLING + timedelta(minutes=1)):
        sweep_timers()
    remember_the_missing()
    transaction.savepoint_rollback(backup)
    erased_again()
    request.refresh_from_db()
    assert request.status == "erased"
    assert person.data_requests.count() == 1


def test_who_joined_since_under_the_same_number_is_left_alone():
    person = cast.customer("left")
    restored_after_erasing(person)
    Customer.objects.filter(pk=person.pk).update(created_at=now() + timedelta(seconds=1))
    assert list(come_back()) == []


def test_what_stands_in_the_way_now_stops_it_and_is_said():
    person = cast.customer()
    restored_after_erasing(person)
    make_order("paid", customer=person)
    said, complaints = erased_again()
    assert "已重新注销 0 位顾客" in said and "受阻" in complaints
    assert person.data_requests.get().status == "stopped"


def test_an_erasure_writes_its_line_when_it_is_committed(django_capture_on_commit_callbacks):
    person = cast.customer("left")
    with django_capture_on_commit_callbacks(execute=True):
        erase(person)
    [gone] = all_gone()
    assert (gone.customer, gone.joined) == (person.pk, person.created_at)
    assert remember_the_missing() == 0


def test_a_volume_that_cannot_be_written_stops_no_erasure_and_is_made_up_for(
    settings, tmp_path, django_capture_on_commit_callbacks
):
    (tmp_path / "full").write_text("")
    settings.AUDIT_ANCHORS = tmp_path / "full"
    person = cast.customer("left")
    with django_capture_on_commit_callbacks(execute=True):
        erase(person)
    assert Customer.objects.get(pk=person.pk).erased_at
    settings.AUDIT_ANCHORS = tmp_path
    complete_the_list_of_erased(now())
    assert [gone.customer for gone in all_gone()] == [person.pk]


def test_nobody_erases_again_by_hand():
    with pytest.raises(NotAllowed):
        erase_again(cast.customer(), now(), by=cast.staff("director"))
