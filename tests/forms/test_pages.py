"""Staff write a form, fill it in, mark it and see how every point came about."""

import pytest
from django.urls import reverse

from catalog.kinds import LISTING_AUDIT
from shop.clock import turned_to
from shop.forms.actions.sheets import save_answer, start_sheet, submit_sheet
from shop.forms.kinds import USES, Terms
from shop.forms.models import FormVersion, Result, Sheet
from shop.forms.rules import Content, Given, Section, flaws
from shop.forms.selectors import given_in, in_force, result_of
from tests import cast
from tests.doors.conftest import desk_of
from tests.forms.contents import AUDIT, LABEL, WORDS, drafted, published
from tests.make import make_product

pytestmark = [pytest.mark.django_db, pytest.mark.article("CA5", "B3.1.2")]
HOME = "/admin/sheets/"


def edit_page(version):
    return reverse("sheets:edit", args=[version.pk])


def step(client, version, name, **values):
    version.refresh_from_db()
    values = {"step": name, "edits": version.edits, **values}
    answer = client.post(edit_page(version), values, follow=True)
    version.refresh_from_db()
    return answer


QUESTION = {"section": "s1", "kind": "yes_no", "text": "封口完好吗？", "steps": 5,
            "answers": "是 | 2\n否 | 0 !"}  # fmt: skip


def test_a_form_is_written_step_by_step_previewed_and_published():
    desk = desk_of("operations_manager")
    begun = desk.post("/admin/desk/begin/forms.draft_form/", {"use": AUDIT.code, "name": "巡检"})
    version = FormVersion.objects.get()
    assert str(version.pk) in begun.headers["Location"]
    step(desk, version, "section", title="实物", weight="1.5", draw="0")
    step(desk, version, "question", **QUESTION)
    bands = {"kind": "number", "text": "库温？", "answers": "5..25 | 2.5\n25.. | 0 !"}
    page = step(desk, version, "question", **QUESTION | bands)
    [section] = version.asks.sections
    assert (section.weight, [one.kind for one in section.questions]) == (150, ["yes_no", "number"])
    assert section.questions[0].options[1].fails
    assert [band.points for band in section.questions[1].bands] == [250, 0]
    assert "封口完好吗？" in page.content.decode()
    step(desk, version, "up", code="q2")
    step(desk, version, "terms", pass_percent=80, minutes=20, attempts=1, four_eyes="on")
    assert [one.code for one in version.asks.questions()] == ["q2", "q1"]
    assert version.terms == Terms(8_000, 20, 1, True)
    desk.post(f"/admin/desk/act/forms.publish_form/{version.pk}/", {})
    version.refresh_from_db()
    assert version.status == "published"
    assert desk.get(edit_page(version)).status_code == 404, "what is published is not edited"


def test_a_question_is_changed_where_it_stands_and_removed():
    desk, version = desk_of("operations_manager"), drafted(Content((Section("s1", "一"),)))
    for text in ("甲？", "乙？"):
        step(desk, version, "question", **QUESTION | {"text": text})
    page = desk.get(edit_page(version), {"code": "q1"}).content.decode()
    assert "是 | 2\n否 | 0 !" in page
    step(desk, version, "question", **QUESTION | {"code": "q1", "text": "丙？"})
    assert [one.text for one in version.asks.questions()] == ["丙？", "乙？"]
    step(desk, version, "remove", code="q1")
    assert [one.text for one in version.asks.questions()] == ["乙？"]


@pytest.mark.parametrize("typed", ["是 | x\n否", "是 | 1.005\n否", "是|NaN"])
def test_what_cannot_be_read_is_said_and_nothing_is_kept(typed):
    desk, version = desk_of("operations_manager"), drafted(Content((Section("s1", "一"),)))
    answer = step(desk, version, "question", **QUESTION | {"answers": typed})
    assert "desk-error" in answer.content.decode()
    assert not list(version.asks.questions())


def test_two_people_on_one_page_do_not_overwrite_each_other():
    desk, version = desk_of("operations_manager"), drafted(Content((Section("s1", "一"),)))
    old = version.edits
    step(desk, version, "question", **QUESTION)
    desk.post(edit_page(version), {"step": "remove", "code": "q1", "edits": old})
    version.refresh_from_db()
    assert len(list(version.asks.questions())) == 1


def test_a_listed_product_is_audited_at_its_page_and_counts():
    product, desk = make_product(), desk_of("operations_specialist")
    desk.get(HOME)
    version = in_force(LISTING_AUDIT)
    begun = desk.post(HOME, {"version": version.pk, "subject": product.code})
    sheet = Sheet.objects.get()
    assert begun.headers["Location"] == reverse("sheets:fill", args=[sheet.pk])
    assert sheet.subject == f"product:{product.pk}"
    fill = reverse("sheets:fill", args=[sheet.pk])
    said = {f"value-{code}": "yes" for code in sheet.asked if code != "advice"}
    desk.post(fill, {**said, "text-title": "与备案凭证核对过", "hand_in": ""})
    result = result_of(sheet)
    assert (result.score_bp, result.passed) == (10_000, True)
    assert "100 %" in desk.get(fill).content.decode()
    page = desk_of("operations_manager").get(f"/admin/forms/sheet/{sheet.pk}/change/")
    assert "与备案凭证核对过" in page.content.decode()


def test_a_code_that_nothing_has_begins_nothing():
    desk = desk_of("operations_specialist")
    desk.get(HOME)
    answer = desk.post(HOME, {"version": in_force(LISTING_AUDIT).pk, "subject": "NO-SUCH"})
    assert answer.status_code == 200
    assert not Sheet.objects.exists()


def mine(role="warehouse", **form):
    return start_sheet(published(**form), "product:7", by=cast.staff(role))


def answer_at(sheet):
    return reverse("sheets:answer", args=[sheet.pk])


def test_one_answer_is_saved_by_itself_and_says_how_many_there_are():
    sheet, desk = mine(), desk_of("warehouse")
    told = desk.post(answer_at(sheet), {"question": "warmth", "value-warmth": "20.5"})
    assert told.json() == {"answered": 1, "count": 5}
    desk.post(answer_at(sheet), {"question": "parts", "value-parts": ["dose", "who"]})
    desk.post(answer_at(sheet), {"question": "tidy", "skip-tidy": "1"})
    assert given_in(sheet) == {
        "warmth": Given(2_050),
        "parts": Given(["dose", "who"]),
        "tidy": Given(skipped=True),
    }


@pytest.mark.parametrize(
    "sent",
    [
        {"question": "warmth", "value-warmth": "warm"},
        {"question": "label", "value-label": "x"},
        {"question": "none", "value-none": "1"},
        {"question": "label"},
    ],
)
def test_what_is_no_answer_is_said_and_not_kept(sent):
    sheet = mine()
    assert desk_of("warehouse").post(answer_at(sheet), sent).status_code == 400
    assert given_in(sheet) == {}


def test_what_comes_late_is_refused_by_the_houses_clock():
    sheet, desk = mine(terms=Terms(minutes=5)), desk_of("warehouse")
    with turned_to(sheet.due_at):
        answer = desk.post(answer_at(sheet), {"question": "label", "value-label": "same"})
    assert answer.status_code == 409
    assert given_in(sheet) == {}


def test_anothers_sheet_is_not_there():
    sheet, desk = mine(), desk_of("service_agent")
    fill = reverse("sheets:fill", args=[sheet.pk])
    assert desk.get(fill).status_code == desk.post(answer_at(sheet)).status_code == 404
    assert desk.get(f"/admin/forms/sheet/{sheet.pk}/change/").status_code == 404


def test_words_are_marked_at_the_sheets_page_and_corrected_there():
    sheet = mine(content=Content((Section("s", "s", questions=(LABEL, WORDS)),)))
    hand = cast.staff("warehouse")
    save_answer(sheet, "label", Given("same"), by=hand)
    save_answer(sheet, "words", Given(text="擦拭货架"), by=hand)
    submit_sheet(sheet, by=hand)
    desk, page = desk_of("operations_manager"), f"/admin/forms/sheet/{sheet.pk}/change/"
    assert "擦拭货架" in desk.get(page).content.decode()
    desk.post(f"/admin/desk/act/forms.mark_sheet/{sheet.pk}/", {"mark-words": "1.5"})
    assert result_of(sheet).score_bp == 9_000
    corrected = {"question": "words", "points": "2", "reason": "漏看了第二条"}
    desk.post(f"/admin/desk/act/forms.correct_result/{sheet.pk}/", corrected)
    assert list(Result.objects.values_list("score_bp", flat=True)) == [9_000, 10_000]
    assert "漏看了第二条" in desk.get(page).content.decode()


def test_the_forms_of_the_house_have_no_flaw():
    assert {use.code for use in USES.values() if flaws(use.first)} == {AUDIT.code}
