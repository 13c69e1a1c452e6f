"""ST13: managers assign work; one kind of to-do, shown on every desk, with its time."""

from datetime import timedelta

import pytest

from orders.actions import open_exception
from shop.clock import turned_to
from shop.events.relay import run_reactions
from shop.identity.roles import ROLES
from shop.timing.sweeper import sweep_timers
from shop.work.models import WorkItem
from tests import cast
from tests.doors.conftest import desk_of
from tests.make import make_order

pytestmark = pytest.mark.django_db
JSON = {"Accept": "application/json"}


def press(client, name, item, **values):
    return client.post(f"/admin/desk/act/work.{name}/{item.pk}/", values, headers=JSON)


@pytest.mark.article("ST13", "A3.1", "B2.2.4")
def test_a_case_goes_from_the_agent_over_the_supervisor_to_a_colleague_and_is_closed():
    # Given a case that Li has taken
    li, wang = cast.staff("service_agent", "li"), cast.staff("service_agent", "wang")
    chief = desk_of("service_supervisor")
    case = open_exception(make_order("paid"), "unreachable", by=li)
    press(desk_of("service_agent", "li"), "take_item", case)
    assert "联系不上顾客" not in chief.get("/admin/desk/cards/").content.decode()

    # When its working time runs out
    case.refresh_from_db()
    with turned_to(case.due_at + timedelta(minutes=5)):
        sweep_timers()
        run_reactions()

        # Then it is before the supervisor, with its lateness, and on the page of the team
        assert "联系不上顾客" in chief.get("/admin/desk/cards/").content.decode()
        team = chief.get("/admin/desk/team/").content.decode()
        assert "li" in team and "最多逾期 5 分" in team

        # When the supervisor gives it to Wang
        why = {"to": f"person:{wang.user.pk}", "why": "李今天请假"}
        assert press(chief, "hand_over_item", case, **why).status_code == 200

        # Then Wang finds it among their own, takes and finishes it
        desk = desk_of("service_agent", "wang")
        assert "已转交，待领取" in desk.get("/admin/desk/work/?view=mine").content.decode()
        press(desk, "take_item", case)
        press(desk, "close_item", case, outcome="goes_on", done="联系上了")

    # and the item tells who had it, who gave it to whom and why
    case.refresh_from_db()
    assert (case.status, case.closed_by) == ("closed", wang.user)
    page = chief.get(f"/admin/work/workitem/{case.pk}/change/").content.decode()
    for words in ("李今天请假", "li → <b>wang</b>", "联系上了", "事项逾期"):
        assert words in page, words


@pytest.mark.article("ST13", "B2.2.4")
def test_nobody_keeps_work_by_leaving():
    # Given an agent with a case in hand
    cast.staff("service_agent", "wang")
    case = open_exception(make_order("paid"), "other", by=cast.staff("service_agent", "li"))
    press(desk_of("service_agent", "li"), "take_item", case)

    # When HR closes the account
    leaver = cast.staff("service_agent", "li").user
    hr = desk_of("hr")
    closed = hr.post(f"/admin/desk/act/identity.dismiss_staff_user/{leaver.pk}/", headers=JSON)
    assert closed.status_code == 200
    run_reactions()

    # Then the case lies with the post again, where a colleague takes it
    assert WorkItem.objects.get(pk=case.pk).person is None
    assert press(desk_of("service_agent", "wang"), "take_item", case).status_code == 200


@pytest.mark.article("ST13", "A3.1")
@pytest.mark.parametrize("role", [role.code for role in ROLES])
def test_every_posts_home_has_its_work(role):
    home = desk_of(role).get("/admin/").content.decode()
    assert "我的事项" in home
    assert "暂无事项" in home
