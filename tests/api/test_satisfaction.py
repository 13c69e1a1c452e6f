"""Whoever asked for money back is asked what they think of it, once, in the mini-program."""

from datetime import timedelta

import pytest

from orders.actions import record_refund, refuse_case
from orders.selectors.satisfaction import ASKED_FOR, SATISFACTION, is_asked_about
from shop.clock import today
from shop.forms.models import Answer, Sheet
from shop.forms.rules import flaws
from shop.forms.selectors import result_of
from tests import cast
from tests.make import make_case, make_order, make_refund, news_for
from tests.orders.test_refund_figures import figure

pytestmark = [pytest.mark.django_db, pytest.mark.article("OR4", "A4.2d", "C8.2")]
GOOD = {"result": 5, "speed": 4, "manner": 5, "solved": "yes"}


def refunded(name="ming"):
    refund = make_refund(make_order("signed", customer=cast.customer(name)))
    record_refund(news_for(refund), by=cast.SYSTEM)
    refund.case.refresh_from_db()
    return refund.case


def path(case):
    return f"/api/v1/after-sales/{case.number}/rate/"


def body(words="", **values):
    answers = [{"question": code, "value": value} for code, value in (values or GOOD).items()]
    return {"answers": [*answers, *([{"question": "words", "text": words}] if words else [])]}


def test_the_questionnaire_is_asked_and_answered_once(ming):
    case = refunded()
    assert ming.get(f"/api/v1/after-sales/{case.number}/").json()["may_rate"] is True
    asked = ming.get(path(case)).json()
    assert asked["answered_at"] is None
    [section] = asked["sections"]
    assert [one["code"] for one in section["questions"]] == [*GOOD, "words"]
    assert "points" not in str(asked), "what an answer is worth is nobody's business"
    told = ming.post(path(case), body("谢谢客服"), format="json")
    assert (told.status_code, told.json()["answered_at"] is None) == (200, False)
    again = ming.post(path(case), body(), format="json")
    assert (again.status_code, again.json()["code"]) == (409, "no-attempt-left")
    assert result_of(Sheet.objects.get()).score_bp == 9_500


@pytest.mark.parametrize(
    "sent",
    [
        {},
        {"answers": []},
        {"answers": [{"question": "result", "value": 6}]},
        {"answers": [{"question": "result", "value": True}]},
        {"answers": [{"question": "nothing", "value": 1}]},
        {"answers": [{"question": "result", "value": 1}] * 2},
        {"answers": [{"question": "words", "text": "长" * 2_001}]},
        {"answers": [{"question": "result", "value": {"a": [1]}}]},
    ],
)
def test_what_is_no_answer_is_400_and_leaves_nothing(ming, sent):
    case = refunded()
    assert ming.post(path(case), sent, format="json").status_code == 400
    assert not Sheet.objects.exists()
    assert not Answer.objects.exists()


def test_only_a_closed_case_is_judged_and_not_for_ever(ming):
    case = make_case(make_order("signed"))
    answer = ming.post(path(case), body(), format="json")
    assert (answer.status_code, answer.json()["code"]) == (409, "not-to-be-filled-in")
    case = refuse_case(case, "已拆封，影响二次销售", by=cast.staff("service_agent"))
    assert is_asked_about(case, case.closed_at + ASKED_FOR - timedelta(seconds=1))
    assert not is_asked_about(case, case.closed_at + ASKED_FOR)


def test_it_is_a_figure_of_the_day(ming, hua):
    ming.post(path(refunded()), body(), format="json")
    bad = body(result=1, speed=1, manner=2, solved="no")
    hua.post(path(refunded("hua")), bad, format="json")
    assert figure("orders.after_sales_satisfaction", today()) == (1, 2)


def test_the_questionnaire_has_no_flaw():
    assert flaws(SATISFACTION.first) == []
