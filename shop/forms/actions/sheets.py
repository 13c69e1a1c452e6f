"""Sheets: begun, answered one question at a time, handed in."""

import secrets
from datetime import timedelta

from django.db import transaction
from django.utils.translation import gettext as _

from shop.clock import now
from shop.errors import InvalidValue, NotAllowed
from shop.events.outbox import publish
from shop.events.states import advance
from shop.forms.actions.forms import establish_form
from shop.forms.actions.marking import mark_by_machine
from shop.forms.errors import NoAttemptLeft, NotToBeFilledIn, SheetClosed, TimeIsUp
from shop.forms.events import SheetStarted, SheetSubmitted
from shop.forms.kinds import FormUse
from shop.forms.models import TIME_OVER, Answer, FormVersion, Sheet
from shop.forms.rules import Given, drawn, fits
from shop.forms.selectors import in_force
from shop.identity.actors import Actor
from shop.timing.actions.timers import arm_timer, cancel_timers

OF_THE_SHEET = Actor.system("a sheet's own clock")
SEEDS = 2**62


def start_sheet(version: FormVersion, subject: str, *, by: Actor) -> Sheet:
    """Begin to fill in a form about a subject; what is open already is gone on with, as it is.

    The questions are drawn by a seed that is kept, and the time runs from now. Raises
    NotToBeFilledIn where the use does not let this person, NoAttemptLeft, and SheetClosed for a
    form that is not in force.
    """
    by.require("forms.fill_sheet")
    if not version.form.purpose.may_fill(by, subject):
        raise NotToBeFilledIn
    with transaction.atomic():
        version = FormVersion.objects.locked().select_related("form").get(pk=version.pk)
        own = Sheet.objects.filled_by(by).filter(form=version.form_id, subject=subject)
        if (sheet := own.filter(status=Sheet.Status.OPEN).first()) is not None:
            return sheet
        if version.status != FormVersion.Status.PUBLISHED:
            raise SheetClosed(_("This form is not in force."))
        tried = own.count()
        if version.attempts and tried >= version.attempts:
            raise NoAttemptLeft
        return _begin(version, subject, tried + 1, by)


def _begin(version: FormVersion, subject: str, attempt: int, by: Actor) -> Sheet:
    seed, at = secrets.randbelow(SEEDS), now()
    sheet = Sheet.objects.create(
        form=version.form,
        version=version,
        subject=subject,
        filler=by.user,
        customer=by.customer,
        attempt=attempt,
        seed=seed,
        asked=drawn(version.asks, seed),
        started_at=at,
        due_at=at + timedelta(minutes=version.minutes) if version.minutes else None,
    )
    if sheet.due_at is not None:
        arm_timer(TIME_OVER, sheet.stream, sheet.due_at, by=OF_THE_SHEET)
    publish(SheetStarted(sheet.pk, version.pk, subject, attempt), by=by)
    return sheet


def save_answer(sheet: Sheet, question: str, given: Given, *, by: Actor) -> Answer:
    """Keep one answer, in place of what was saved before; the same again changes nothing.

    Raises TimeIsUp and SheetClosed when it comes too late by the house's clock, NotAllowed for
    somebody else's sheet, InvalidValue for what is no answer to the question.
    """
    by.require("forms.fill_sheet", owner=sheet.customer_id)
    _require_own(sheet, by)
    with transaction.atomic():
        sheet = Sheet.objects.locked().select_related("version").get(pk=sheet.pk)
        _require_open(sheet)
        return _keep(sheet, question, given)


def _require_own(sheet: Sheet, by: Actor) -> None:
    if by.user is not None and sheet.filler_id != by.user.pk:
        raise NotAllowed


def _require_open(sheet: Sheet) -> None:
    if not sheet.is_open:
        raise TimeIsUp if sheet.by_the_clock else SheetClosed
    if sheet.due_at is not None and now() >= sheet.due_at:
        raise TimeIsUp


def _keep(sheet: Sheet, question: str, given: Given) -> Answer:
    asked = sheet.asks.question(question)
    given = Given(given.value, given.text.strip(), given.skipped)
    if asked is None or not fits(asked, given):
        raise InvalidValue(fields={question: [_("This is no answer to the question.")]})
    answer = sheet.answers.filter(question=question).first()
    if answer is None:
        answer = Answer(sheet=sheet, question=question, saves=0)
    elif (answer.value, answer.text, answer.skipped) == (given.value, given.text, given.skipped):
        return answer
    answer.value = None if given.skipped else given.value
    answer.text, answer.skipped = given.text, given.skipped
    answer.saved_at, answer.saves = now(), answer.saves + 1
    answer.save()
    return answer


def submit_sheet(sheet: Sheet, *, by: Actor) -> Sheet:
    """Hand it in: it cannot be changed any more, and the machine marks what it can.

    Handed in twice it is the same. Raises TimeIsUp after its time: the clock hands it in.
    """
    by.require("forms.fill_sheet", owner=sheet.customer_id)
    _require_own(sheet, by)
    with transaction.atomic():
        sheet = _locked(sheet.pk)
        if not sheet.is_open and not sheet.by_the_clock:
            return sheet
        _require_open(sheet)
        cancel_timers(TIME_OVER, sheet.stream, by=OF_THE_SHEET)
        _hand_in(sheet, by)
    return sheet


def answer_form(use: FormUse, subject: str, answers: dict[str, Given], *, by: Actor) -> Sheet:
    """A questionnaire in one go: begun, answered and handed in, or nothing of it.

    Raises what `start_sheet` and `save_answer` raise.
    """
    by.require("forms.fill_sheet")
    with transaction.atomic():
        establish_form(use, by=OF_THE_SHEET)
        sheet = start_sheet(in_force(use), subject, by=by)
        sheet = Sheet.objects.locked().select_related("version", "form").get(pk=sheet.pk)
        _require_open(sheet)
        for question, given in answers.items():
            _keep(sheet, question, given)
        return submit_sheet(sheet, by=by)


def end_sheet_time(sheet_id: int, *, by: Actor) -> bool:
    """Its time is up: what was saved is handed in. False when it was handed in before."""
    by.require("forms.end_sheet_time")
    with transaction.atomic():
        sheet = _locked(sheet_id)
        if not sheet.is_open:
            return False
        sheet.by_the_clock = True
        _hand_in(sheet, by)
    return True


def _locked(pk: int) -> Sheet:
    return Sheet.objects.locked().select_related("version", "form").get(pk=pk)


def _hand_in(sheet: Sheet, by: Actor) -> None:
    advance(sheet, "submit")
    sheet.submitted_at = now()
    sheet.save(update_fields=["status", "submitted_at", "by_the_clock"])
    publish(SheetSubmitted(sheet.pk, sheet.subject, sheet.by_the_clock), by=by)
    mark_by_machine(sheet, by=OF_THE_SHEET)
