"""Approvals on the desks: the queue, the page of one, its buttons, deputies, notices."""

import re
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from shop.clock import now, today, turned_to
from shop.events.relay import run_reactions
from shop.notices.models import Notice
from shop.work.actions.approvals import approve, request_approval
from shop.work.actions.deputies import name_deputy
from shop.work.kinds import BIG_EXPORT
from shop.work.models import Approval, Deputation
from shop.work.selectors.approvals import PRESENT, Present
from tests import cast
from tests.doors.conftest import desk_of

pytestmark = pytest.mark.django_db
QUEUE, DEPUTIES = "/admin/desk/approvals/", "/admin/desk/deputies/"
JSON = {"Accept": "application/json"}
PAYLOAD = {"list": "顾客", "persons": 2_400, "format": "xlsx", "amount_fen": 12_345}


@pytest.fixture
def approval():
    cast.staff("operations_manager")
    return asked()


def asked(version=1, by="data_analyst"):
    return request_approval(
        BIG_EXPORT, "list:customers", PAYLOAD, version=version, reason="季度回访名单",
        amount_fen=12_345, by=cast.staff(by),
    )  # fmt: skip


def page_of(approval):
    return f"/admin/work/approval/{approval.pk}/change/"


def shown(answer):
    return re.findall(r'class="desk-row[^"]*" data-key="([\w:]+)"', answer.content.decode())


def act(client, name, approval, **values):
    return client.post(f"/admin/desk/act/work.{name}/{approval.pk}/", values, headers=JSON)


def test_it_is_in_the_queue_of_who_may_decide_and_among_their_work(approval):
    manager, asker = desk_of("operations_manager"), desk_of("data_analyst")
    assert shown(manager.get(f"{QUEUE}rows/")) == [str(approval.pk)]
    assert "季度回访名单" in manager.get(QUEUE).content.decode()
    assert "待审批：从“顾客”导出 2400 人的信息" in manager.get("/admin/").content.decode()
    assert shown(asker.get(f"{QUEUE}rows/")) == []
    assert shown(asker.get(f"{QUEUE}rows/?view=mine")) == [str(approval.pk)]
    assert shown(desk_of("designer").get(f"{QUEUE}rows/")) == []


def test_its_page_says_exactly_what_would_happen(approval):
    page = desk_of("operations_manager").get(page_of(approval)).content.decode()
    for words in (
        "2400",
        "¥123.45",
        "季度回访名单",
        "个人信息导出",
        "act/work.approve",
        "act/work.reject",
    ):
        assert words in page, words
    assert desk_of("designer").get(page_of(approval)).status_code == 404
    own = desk_of("data_analyst").get(page_of(approval)).content.decode()
    assert "act/work.approve" not in own and "act/work.withdraw" in own
    assert "须由他人审批" in own


def test_approved_by_one_button_with_words(approval):
    manager = desk_of("operations_manager")
    done = act(manager, "approve", approval, comment="只导出一次")
    assert done.status_code == 200
    page = manager.get(page_of(approval)).content.decode()
    assert "只导出一次" in page and "act/work.approve" not in page
    assert shown(manager.get(f"{QUEUE}rows/")) == []
    assert act(manager, "approve", approval).status_code == 409


def test_rejecting_wants_words(approval):
    manager = desk_of("operations_manager")
    assert list(act(manager, "reject", approval).json()["errors"]) == ["comment"]
    assert act(manager, "reject", approval, comment="人数过多").status_code == 200
    assert "人数过多" in desk_of("data_analyst").get(page_of(approval)).content.decode()


@pytest.mark.fault("H7")
def test_ones_own_is_refused_at_the_address_too_shown_and_on_record():
    approval = asked(by="operations_manager")
    manager = desk_of("operations_manager")
    refused = act(manager, "approve", approval)
    assert (refused.status_code, Approval.objects.get().status) == (403, "requested")
    assert "须由他人审批" in refused.json()["message"]
    page = manager.get(page_of(approval)).content.decode()
    assert "违规操作已拦截" in page and "试图审批本人的申请" in page


@pytest.mark.fault("H7")
def test_what_moved_is_shown_beside_what_was_asked(approval, monkeypatch):
    moved = Present(2, {**PAYLOAD, "persons": 9_000})
    monkeypatch.setitem(PRESENT, BIG_EXPORT.code, lambda approval: moved)
    manager = desk_of("operations_manager")
    page = manager.get(page_of(approval)).content.decode()
    assert "9000" in page and "只能驳回" in page
    assert act(manager, "approve", approval).status_code == 409
    assert act(manager, "reject", approval, comment="情况已变").status_code == 200


def test_taken_back_by_who_asked(approval):
    assert act(desk_of("data_analyst"), "withdraw", approval).status_code == 200
    assert shown(desk_of("operations_manager").get(f"{QUEUE}rows/")) == []


def test_deciders_and_who_asked_are_told(approval):
    deputy = cast.staff("finance")
    name_deputy(
        deputy.user, now(), now() + timedelta(days=1), "出差", by=cast.staff("operations_manager")
    )
    run_reactions()
    told = Notice.objects.filter(kind="work.approval_asked").values_list("party", flat=True)
    manager = cast.staff("operations_manager").user
    assert set(told) == {manager.party_id, deputy.user.party_id}
    approve(approval, by=cast.staff("operations_manager"))
    run_reactions()
    [settled] = Notice.objects.filter(kind="work.approval_settled")
    assert settled.party_id == approval.requested_by.party_id
    inbox = desk_of("data_analyst").get("/admin/desk/notices/").content.decode()
    assert "已批准：从“顾客”导出 2400 人的信息" in inbox


def test_who_asked_hears_that_it_ran_out(approval):
    from shop.timing.sweeper import sweep_timers

    with turned_to(now() + timedelta(days=3)):
        sweep_timers()
        run_reactions()
    assert Notice.objects.filter(kind="work.approval_settled").count() == 1


def test_a_deputy_is_named_sees_the_queue_decides_and_is_ended(approval):
    manager, deputy = desk_of("operations_manager"), desk_of("finance")
    assert shown(deputy.get(f"{QUEUE}rows/")) == []
    said = {
        "deputy": cast.staff("finance").user.pk,
        "first_day": today(),
        "last_day": today() + timedelta(days=2),
        "why": "年假",
    }
    assert manager.post(DEPUTIES, said).status_code == 302
    assert "年假" in deputy.get(DEPUTIES).content.decode()
    again = manager.post(DEPUTIES, said)
    assert "该时段您已指定代理人" in again.content.decode()
    assert shown(deputy.get(f"{QUEUE}rows/")) == [str(approval.pk)]
    assert act(deputy, "approve", approval).status_code == 200
    page = manager.get(page_of(approval)).content.decode()
    assert "代谁审批" in page
    deputation = Deputation.objects.get()
    assert act(deputy, "end_deputation", deputation).status_code == 404, "it is not theirs to end"
    assert act(manager, "end_deputation", deputation).status_code == 200


def test_a_deputation_in_the_past_is_refused_beside_its_field():
    manager = desk_of("operations_manager")
    past = {"deputy": cast.staff("finance").user.pk, "first_day": today() - timedelta(days=3),
            "last_day": today() - timedelta(days=2), "why": "x"}  # fmt: skip
    assert "期限最长三个月" in manager.post(DEPUTIES, past).content.decode()
    assert not Deputation.objects.exists()


def test_a_poll_costs_the_same_however_many_wait(approval):
    manager = desk_of("operations_manager")
    manager.get(f"{QUEUE}rows/")
    with CaptureQueriesContext(connection) as one:
        manager.get(f"{QUEUE}rows/")
    for version in range(2, 9):
        asked(version)
    with CaptureQueriesContext(connection) as many:
        assert len(shown(manager.get(f"{QUEUE}rows/"))) == 8
    assert len(many) == len(one) <= 16
