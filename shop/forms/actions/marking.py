"""What a sheet is worth: by the machine, by a person, and corrected."""

from collections.abc import Mapping
from dataclasses import asdict

from django.db import transaction
from django.utils.translation import gettext as _

from shop.clock import now
from shop.errors import IllegalTransition, InvalidValue
from shop.events.outbox import publish
from shop.events.states import advance
from shop.forms.errors import OwnSheet
from shop.forms.events import ResultCorrected, SheetMarked
from shop.forms.models import Result, Sheet
from shop.forms.rules import Outcome, score, to_mark
from shop.forms.selectors import given_in, result_of
from shop.identity.actors import Actor

LONGEST_REASON = 200


def mark_by_machine(sheet: Sheet, *, by: Actor) -> Result | None:
    """Mark what was just handed in; None where a person has words to mark. The caller holds the
    sheet's lock."""
    by.require("forms.mark_by_machine")
    outcome = _outcome(sheet, {})
    return None if outcome.score_bp is None else _write(sheet, outcome, {}, by)


def mark_sheet(sheet: Sheet, marks: Mapping[str, int], *, by: Actor) -> Result:
    """Say what the answers in words are worth (question → hundredths of a point), all of them.

    Raises OwnSheet where somebody else has to, InvalidValue for points that the question has not,
    IllegalTransition when it is not handed in, or marked already.
    """
    by.require("forms.mark_sheet")
    with transaction.atomic():
        sheet = _locked(sheet)
        _require_another(sheet, by)
        if sheet.status != Sheet.Status.SUBMITTED:
            raise IllegalTransition(
                _("Not possible: its state is now “%(state)s”.")
                % {"state": sheet.get_status_display()}
            )
        expected = {question.code for question in to_mark(sheet.asks, given_in(sheet))}
        _check_marks(sheet, marks)
        if set(marks) != expected:
            raise InvalidValue(_("Mark every answer in words."))
        return _write(sheet, _outcome(sheet, marks), marks, by)


def correct_result(sheet: Sheet, question: str, points: int, reason: str, *, by: Actor) -> Result:
    """One question is worth something else than was said: a new result beside the old one.

    `points`: hundredths. Raises OwnSheet, InvalidValue without a reason or for points that the
    question has not, IllegalTransition before it is marked.
    """
    by.require("forms.correct_result")
    reason = reason.strip()
    if not 0 < len(reason) <= LONGEST_REASON:
        raise InvalidValue(fields={"reason": [_("Say why, in 200 characters.")]})
    with transaction.atomic():
        sheet = _locked(sheet)
        _require_another(sheet, by)
        old = result_of(sheet)
        if old is None:
            raise IllegalTransition(_("This sheet has not been marked yet."))
        marks = {**old.marks, question: points}
        _check_marks(sheet, {question: points})
        new = _write(sheet, _outcome(sheet, marks), marks, by, old=old, reason=reason)
        publish(ResultCorrected(sheet.pk, new.pk, old.score_bp, new.score_bp), by=by)
    return new


def _locked(sheet: Sheet) -> Sheet:
    return Sheet.objects.locked().select_related("version", "form").get(pk=sheet.pk)


def _require_another(sheet: Sheet, by: Actor) -> None:
    if sheet.version.four_eyes and by.user is not None and by.user.pk == sheet.filler_id:
        raise OwnSheet


def _check_marks(sheet: Sheet, marks: Mapping[str, int]) -> None:
    wrong = {}
    for code, points in marks.items():
        question = sheet.asks.question(code)
        if question is None or not 0 <= points <= question.worth:
            wrong[code] = [_("The question does not have these points.")]
    if wrong:
        raise InvalidValue(fields=wrong)


def _outcome(sheet: Sheet, marks: Mapping[str, int]) -> Outcome:
    return score(sheet.asks, given_in(sheet), marks, sheet.version.pass_bp)


def _write(
    sheet: Sheet,
    outcome: Outcome,
    marks: Mapping[str, int],
    by: Actor,
    old: Result | None = None,
    reason: str = "",
) -> Result:
    assert outcome.score_bp is not None and outcome.passed is not None, "all of it is marked"
    result = Result.objects.create(
        sheet=sheet,
        number=old.number + 1 if old else 1,
        score_bp=outcome.score_bp,
        passed=outcome.passed,
        lines=[asdict(line) for line in outcome.lines],
        marks=dict(marks),
        reason=reason,
        made_at=now(),
        made_by=by.user,
    )
    if old is None:
        advance(sheet, "mark")
        sheet.save(update_fields=["status"])
        use = sheet.form.use
        publish(SheetMarked(sheet.pk, use, sheet.subject, result.score_bp, result.passed), by=by)
    return result
