"""Sheets: every answer kept as it comes, late ones refused by the clock, marked and corrected."""

from datetime import timedelta

import pytest
from django.db import DatabaseError, transaction

from shop.clock import now, turned_to
from shop.errors import IllegalTransition, InvalidValue, NotAllowed
from shop.forms.actions.forms import retire_form
from shop.forms.actions.marking import correct_result, mark_by_machine, mark_sheet
from shop.forms.actions.sheets import end_sheet_time, save_answer, start_sheet, submit_sheet
from shop.forms.errors import NoAttemptLeft, NotToBeFilledIn, OwnSheet, SheetClosed, TimeIsUp
from shop.forms.kinds import Terms
from shop.forms.models import Answer, Result, Sheet
from shop.forms.rules import Content, Given, Section
from shop.forms.selectors import explained, given_in, in_words, points, result_of
from shop.timing.models import Timer
from shop.timing.sweeper import sweep_timers
from tests import cast
from tests.forms.contents import (
    ALL_RIGHT,
    LABEL,
    PARTS,
    TIDY,
    WARMTH,
    WORDS,
    bank,
    by,
    published,
)

pytestmark = pytest.mark.django_db
GOODS = "product:7"


def hand():
    return cast.staff("warehouse")


def begun(**form):
    return start_sheet(published(**form), GOODS, by=hand())


def answered(sheet, **values):
    for code, value in (values or ALL_RIGHT).items():
        save_answer(sheet, code, Given(value), by=hand())
    return sheet


def with_words():
    content = Content((Section("s", "s", questions=(LABEL, WORDS)),))
    sheet = answered(begun(content=content), label="same")
    save_answer(sheet, "words", Given(text="擦拭货架"), by=hand())
    return submit_sheet(sheet, by=hand())


def test_a_sheet_is_begun_answered_handed_in_and_marked():
    sheet = submit_sheet(answered(begun()), by=hand())
    result = result_of(sheet)
    sheet.refresh_from_db()
    assert (sheet.status, result.score_bp, result.passed) == ("marked", 10_000, True)
    assert result.made_by is None, "the machine did"


def test_what_was_begun_is_gone_on_with():
    sheet = begun()
    assert start_sheet(sheet.version, GOODS, by=hand()) == sheet
    other = start_sheet(sheet.version, GOODS, by=cast.staff("warehouse", "2"))
    assert other != sheet


def test_an_answer_is_kept_at_once_and_the_same_again_changes_nothing():
    sheet = begun()
    first = save_answer(sheet, "label", Given("nearly"), by=hand())
    again = save_answer(sheet, "label", Given("nearly"), by=hand())
    assert (again.pk, again.saves, again.saved_at) == (first.pk, 1, first.saved_at)
    changed = save_answer(sheet, "label", Given("same", text="已补贴标签"), by=hand())
    assert (changed.pk, changed.saves, Answer.objects.count()) == (first.pk, 2, 1)


@pytest.mark.parametrize(
    ("question", "said"),
    [("label", Given("other")), ("nothing", Given("same")), ("sealed", Given(skipped=True))],
)
def test_what_is_no_answer_is_refused_and_what_was_saved_stays(question, said):
    sheet = answered(begun(), label="same")
    with pytest.raises(InvalidValue):
        save_answer(sheet, question, said, by=hand())
    assert given_in(sheet) == {"label": Given("same")}


def test_nobody_answers_on_anothers_sheet():
    sheet, other = begun(), cast.staff("warehouse", "2")
    with pytest.raises(NotAllowed):
        save_answer(sheet, "label", Given("same"), by=other)
    with pytest.raises(NotAllowed):
        submit_sheet(sheet, by=other)
    with pytest.raises(NotToBeFilledIn):
        start_sheet(sheet.version, "order:7", by=hand())


def test_handed_in_twice_it_is_the_same_and_nothing_is_added():
    sheet = submit_sheet(answered(begun()), by=hand())
    submit_sheet(sheet, by=hand())
    with pytest.raises(SheetClosed):
        save_answer(sheet, "label", Given("nearly"), by=hand())
    with pytest.raises(DatabaseError), transaction.atomic():
        Answer.objects.filter(sheet=sheet).update(value="nearly")
    with pytest.raises(DatabaseError), transaction.atomic():
        Answer.objects.create(sheet=sheet, question="late", saved_at=now())
    assert Result.objects.count() == 1


def test_when_time_is_up_what_was_saved_is_handed_in_by_the_clock():
    sheet = answered(begun(terms=Terms(minutes=30)), label="same", sealed="yes")
    assert sheet.due_at == sheet.started_at + timedelta(minutes=30)
    with turned_to(sheet.due_at):
        with pytest.raises(TimeIsUp):
            save_answer(sheet, "warmth", Given(2_000), by=hand())
        with pytest.raises(TimeIsUp):
            submit_sheet(sheet, by=hand())
    with turned_to(sheet.due_at + timedelta(seconds=1)):
        assert sweep_timers() == 1
        assert end_sheet_time(sheet.pk, by=cast.SYSTEM) is False
        with pytest.raises(TimeIsUp):
            save_answer(sheet, "warmth", Given(2_000), by=hand())
    sheet.refresh_from_db()
    assert (sheet.status, sheet.by_the_clock) == ("marked", True)
    # 3 of 5 points of a quarter, and 2 of 5 of the rest.
    assert result_of(sheet).score_bp == 1_500 + 3_000


def test_what_was_handed_in_in_time_is_not_ended_again():
    sheet = submit_sheet(answered(begun(terms=Terms(minutes=30))), by=hand())
    assert Timer.objects.get(subject=sheet.stream).state == "cancelled"


def test_attempts_are_counted():
    version = published(terms=Terms(attempts=2))
    for attempt in (1, 2):
        sheet = start_sheet(version, GOODS, by=hand())
        assert sheet.attempt == attempt
        submit_sheet(sheet, by=hand())
    with pytest.raises(NoAttemptLeft):
        start_sheet(version, GOODS, by=hand())
    assert start_sheet(version, "product:8", by=hand()).attempt == 1


def test_a_form_that_is_retired_is_not_begun_but_what_was_begun_is_handed_in():
    sheet = begun()
    retire_form(sheet.version, by=by())
    assert start_sheet(sheet.version, GOODS, by=hand()) == sheet
    submit_sheet(answered(sheet), by=hand())
    with pytest.raises(SheetClosed):
        start_sheet(sheet.version, GOODS, by=hand())


def test_a_bank_is_drawn_from_by_a_seed_that_is_kept():
    sheet = begun(content=bank(40, 5))
    assert len(sheet.asked) == 5
    assert [question.code for question in sheet.asks.questions()] == sheet.asked
    undrawn = next(f"b{n}" for n in range(40) if f"b{n}" not in sheet.asked)
    with pytest.raises(InvalidValue):
        save_answer(sheet, undrawn, Given("yes"), by=hand())
    with pytest.raises(DatabaseError), transaction.atomic():
        Sheet.objects.filter(pk=sheet.pk).update(seed=1)


def test_words_are_marked_by_another_person_than_who_wrote_them():
    sheet = with_words()
    assert (sheet.status, result_of(sheet)) == ("submitted", None)
    with pytest.raises(NotAllowed):
        mark_sheet(sheet, {"words": 150}, by=hand())
    result = mark_sheet(sheet, {"words": 150}, by=by())
    assert (result.score_bp, result.made_by) == (9_000, by().user)
    with pytest.raises(IllegalTransition):
        mark_sheet(sheet, {"words": 200}, by=by())


def test_ones_own_words_are_nobodys_to_mark():
    content = Content((Section("s", "s", questions=(WORDS,)),))
    for four_eyes in (True, False):
        form = published(content=content, terms=Terms(four_eyes=four_eyes))
        own = start_sheet(form, GOODS, by=by())
        save_answer(own, "words", Given(text="我自己写的"), by=by())
        submit_sheet(own, by=by())
        if four_eyes:
            with pytest.raises(OwnSheet):
                mark_sheet(own, {"words": 200}, by=by())
        else:
            assert mark_sheet(own, {"words": 200}, by=by()).passed


@pytest.mark.parametrize("marks", [{}, {"words": 201}, {"words": -1}, {"words": 1, "label": 1}])
def test_all_words_are_marked_and_within_their_points(marks):
    sheet = with_words()
    with pytest.raises(InvalidValue):
        mark_sheet(sheet, marks, by=by())
    assert not Result.objects.exists()


def test_a_correction_keeps_the_old_result_and_says_why():
    sheet = submit_sheet(answered(begun(), **ALL_RIGHT | {"label": "differs"}), by=hand())
    old = result_of(sheet)
    new = correct_result(sheet, "label", 300, "标签已经市场监管局备案变更", by=by())
    assert (old.score_bp, new.score_bp, result_of(sheet)) == (8_500, 10_000, new)
    assert list(Result.objects.standing()) == [new]
    with pytest.raises(DatabaseError), transaction.atomic():
        Result.objects.filter(pk=old.pk).update(score_bp=1)
    with pytest.raises(DatabaseError), transaction.atomic():
        old.delete()


def test_a_correction_can_lift_what_failed_the_whole():
    sheet = submit_sheet(answered(begun(), **ALL_RIGHT | {"sealed": "no"}), by=hand())
    assert result_of(sheet).passed is False
    assert correct_result(sheet, "sealed", 200, "看错了，封口完好", by=by()).passed is True


@pytest.mark.parametrize(
    ("question", "worth", "why"), [("label", 301, "因为"), ("label", 1, " "), ("x", 1, "因为")]
)
def test_a_correction_has_a_reason_and_points_that_exist(question, worth, why):
    sheet = submit_sheet(answered(begun()), by=hand())
    with pytest.raises(InvalidValue):
        correct_result(sheet, question, worth, why, by=by())
    assert Result.objects.count() == 1


def test_what_is_not_marked_is_not_corrected_and_what_is_marked_stays():
    sheet = begun()
    with pytest.raises(IllegalTransition):
        correct_result(sheet, "label", 1, "因为", by=by())
    with pytest.raises(NotAllowed):
        correct_result(sheet, "label", 1, "因为", by=hand())
    with pytest.raises(NotAllowed):
        mark_by_machine(sheet, by=hand())
    submit_sheet(answered(sheet), by=hand())
    with pytest.raises(DatabaseError), transaction.atomic():
        Sheet.objects.filter(pk=sheet.pk).update(status="open", submitted_at=None)


def test_every_point_is_explained_in_words():
    sheet = answered(begun())
    save_answer(sheet, "label", Given("nearly", text="缺英文名"), by=hand())
    sheet = submit_sheet(sheet, by=hand())
    [(page, told), (_goods, _rest)] = explained(sheet, result_of(sheet))
    assert (page.title, told[0].answer, told[0].note) == ("页面", "有出入", "缺英文名")
    assert (told[0].line.earned, told[0].line.worth) == (100, 300)


def test_answers_read_as_people_write_them():
    assert in_words(PARTS, Given(["who", "dose"])) == "用量、适用人群"
    assert in_words(WARMTH, Given(-250)) == "-2.5"
    assert in_words(TIDY, Given(4)) == "4 / 5"
    assert [points(n) for n in (200, 250, 5, 0)] == ["2", "2.5", "0.05", "0"]
