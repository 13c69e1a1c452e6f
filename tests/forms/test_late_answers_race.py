"""An answer and the handing-in at the same instant: nothing is added to what was handed in."""

from threading import Event, Thread

import pytest
from django.db import connection, transaction

from shop.clock import now
from shop.forms.actions.sheets import save_answer, start_sheet, submit_sheet
from shop.forms.models import Answer, Sheet
from shop.forms.rules import Given
from tests import cast
from tests.forms.contents import published

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.fault("B1")]
LONGEST = 30


def handed_in_while(sheet, late):
    """The sheet is handed in, uncommitted, when the answer comes; what the answer heard."""
    is_in, heard = Event(), []

    def answers_late():
        try:
            with transaction.atomic():
                late(sheet)
            heard.append("kept")
        except Exception as refusal:
            heard.append(type(refusal).__name__)
        finally:
            connection.close()

    with transaction.atomic():
        submit_sheet(sheet, by=cast.staff("warehouse"))
        thread = Thread(target=answers_late, daemon=True)
        thread.start()
        is_in.wait(0.5)  # long enough to run into the lock; without one it is done long before
    thread.join(LONGEST)
    assert not thread.is_alive()
    return heard


def a_sheet():
    return start_sheet(published(), "product:7", by=cast.staff("warehouse"))


def by_the_action(sheet):
    save_answer(sheet, "label", Given("same"), by=cast.staff("warehouse"))


def past_the_action(sheet):
    Answer.objects.create(sheet_id=sheet.pk, question="label", value="same", saved_at=now())


def test_the_action_waits_for_the_handing_in_and_is_refused():
    sheet = a_sheet()
    assert handed_in_while(sheet, by_the_action) == ["SheetClosed"]
    assert not Answer.objects.exists()


def test_so_does_the_database_by_itself():
    sheet = a_sheet()
    assert handed_in_while(sheet, past_the_action) == ["IntegrityError"]
    assert not Answer.objects.exists()


def test_without_both_guards_an_answer_slips_into_what_was_handed_in():
    """The control: the same with the trigger off."""
    sheet = a_sheet()
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE forms_answer DISABLE TRIGGER USER")
    try:
        assert handed_in_while(sheet, past_the_action) == ["kept"]
        assert Sheet.objects.get().status == "marked"
        assert Answer.objects.count() == 1
    finally:
        with connection.cursor() as cursor:
            cursor.execute("ALTER TABLE forms_answer ENABLE TRIGGER USER")
