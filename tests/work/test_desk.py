"""Work on the desks: my work on home, the queue and its views, an item's page, the team."""

import re
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from orders.actions import open_exception
from shop.clock import now, turned_to
from shop.events.actions import replay_delivery
from shop.events.models import Delivery
from shop.events.relay import run_reactions
from shop.identity.roles import ROLES
from shop.timing.sweeper import sweep_timers
from shop.work.actions.items import take_item
from shop.work.models import WorkItem
from shop.work.rules import team_of
from tests import cast
from tests.doors.conftest import desk_of
from tests.make import make_order, make_sku

pytestmark = pytest.mark.django_db
WORK, TEAM, CARDS = "/admin/desk/work/", "/admin/desk/team/", "/admin/desk/cards/"
JSON = {"Accept": "application/json"}


@pytest.fixture
def case():
    cast.staff("service_agent")
    return open_exception(make_order("paid"), "address_unclear", by=cast.staff("warehouse"))


def shown(answer):
    return re.findall(r'class="desk-row[^"]*" data-key="([\w:]+)"', answer.content.decode())


def act(client, name, item, **values):
    return client.post(f"/admin/desk/act/work.{name}/{item.pk}/", values, headers=JSON)


def page_of(item):
    return f"/admin/work/workitem/{item.pk}/change/"


def test_home_shows_my_work_and_how_much_of_it_is_late(case):
    agent = desk_of("service_agent")
    home = agent.get("/admin/").content.decode()
    assert "地址不清" in home
    assert shown(agent.get(CARDS)) == [str(case.pk)]
    assert shown(desk_of("designer").get(CARDS)) == []
    with turned_to(now() + timedelta(days=20)):
        assert re.search(r'class="is-late"><b>1</b> 项逾期', agent.get(CARDS).content.decode())


def test_home_answers_304_until_the_work_moves(case):
    agent = desk_of("service_agent")
    known = {"If-None-Match": agent.get(CARDS)["ETag"]}
    with turned_to(now().replace(second=1)):
        known = {"If-None-Match": agent.get(CARDS)["ETag"]}
        assert agent.get(CARDS, headers=known).status_code == 304
        take_item(case, by=cast.staff("service_agent"))
        assert agent.get(CARDS, headers=known).status_code == 200


@pytest.mark.parametrize(
    ("view", "before", "after"),
    [("", 1, 1), ("mine", 0, 1), ("posts", 1, 1), ("late", 0, 0), ("all", 1, 1), ("none", 1, 1)],
)
def test_the_views_show_what_they_say(case, view, before, after):
    agent = desk_of("service_agent")
    rows = f"{WORK}rows/?view={view}"
    assert len(shown(agent.get(rows))) == before
    act(agent, "take_item", case)
    assert len(shown(agent.get(rows))) == after
    with turned_to(now() + timedelta(days=20)):
        assert len(shown(agent.get(f"{WORK}rows/?view=late"))) == 1


def test_search_finds_by_order_number_person_and_kind(case):
    agent = desk_of("service_agent")
    take_item(case, by=cast.staff("service_agent"))
    for text in (case.figures["number"][:9], case.subject, "员工", "订单异常"):
        assert shown(agent.get(f"{WORK}rows/", {"q": text})) == [str(case.pk)], text
    assert shown(agent.get(f"{WORK}rows/", {"q": "苹果"})) == []


def test_one_button_takes_it_and_one_finishes_it(case):
    agent = desk_of("service_agent")
    assert "办结" not in agent.get(f"{WORK}rows/").content.decode()
    assert act(agent, "take_item", case).status_code == 200
    assert act(agent, "take_item", case).status_code == 409
    refused = act(agent, "close_item", case, outcome="goes_on", done="")
    assert (refused.status_code, list(refused.json()["errors"])) == (400, ["done"])
    assert act(agent, "close_item", case, outcome="goes_on", done="已补全").status_code == 200
    assert shown(agent.get(f"{WORK}rows/")) == []
    page = agent.get(page_of(case)).content.decode()
    assert "已补全" in page and "已解决，订单继续" in page


def test_handing_to_a_post_nobody_holds_is_refused_with_who_could_take_it(case):
    agent = desk_of("service_agent")
    refused = act(agent, "hand_over_item", case, to="post:purchaser", why="采购来处理")
    assert refused.status_code == 400
    assert "采购" in refused.json()["message"] and "员工 (客服专员)" in refused.json()["message"]
    assert act(agent, "hand_over_item", case, to="cat:1", why="x").status_code == 400
    done = act(agent, "hand_over_item", case, to="post:warehouse", why="货在仓库")
    assert done.status_code == 200
    assert WorkItem.objects.get().role == "warehouse"


def test_an_item_of_others_is_404_and_its_buttons_are_not_offered(case):
    assert desk_of("designer").get(page_of(case)).status_code == 404
    assert act(desk_of("designer"), "take_item", case).status_code == 404
    opener = desk_of("warehouse").get(page_of(case)).content.decode()
    assert "撤销" in opener and "act/work.take_item" not in opener


def test_the_page_tells_the_whole_story(case):
    agent = desk_of("service_agent")
    act(agent, "take_item", case)
    act(agent, "log_contact", case, channel="phone", result="no_answer", text="响铃无人接")
    act(agent, "note_item", case, kind="note", text="晚上再打")
    act(agent, "pause_item", case, waits_for="customer")
    page = agent.get(page_of(case)).content.decode()
    for words in ("响铃无人接", "无人接听", "晚上再打", "等待顾客", "确认订单、发货",
                  "恢复计时"):  # fmt: skip
        assert words in page, words
    order = agent.get(f"/admin/orders/order/{case.subject[6:]}/change/").content.decode()
    assert page_of(case) in order


def test_a_held_order_says_so_on_both_desks(case):
    for role, desk in (("service_agent", "service"), ("warehouse", "warehouse")):
        page = desk_of(role).get(f"/admin/desk/{desk}/rows/").content.decode()
        assert "地址不清" in page
    order = case.subject[6:]
    held = desk_of("service_agent").post(
        f"/admin/desk/act/orders.confirm_order/{order}/", headers=JSON
    )
    assert held.status_code == 409
    assert "地址不清" in held.json()["message"]


def test_a_parked_delivery_is_reached_from_its_item_and_mended_there(monkeypatch):
    make_order("paid")
    delivery = Delivery.objects.filter(reaction="orders.push_order_to_service").get()
    Delivery.objects.filter(pk=delivery.pk).update(state="parked", last_error="无法连接")
    from shop.work.actions.items import Matter, open_item
    from shop.work.kinds import PARKED_DELIVERY

    cast.staff("engineer")
    figures = {"reaction": delivery.reaction, "about": delivery.stream}
    item = open_item(
        PARKED_DELIVERY, Matter(f"delivery:{delivery.pk}", figures=figures), by=cast.SYSTEM
    )
    page = desk_of("engineer").get(page_of(item)).content.decode()
    assert f"/admin/events/delivery/{delivery.pk}/change/" in page
    assert "无法连接" in page and "act/events.replay_delivery" in page
    delivery.refresh_from_db()
    replay_delivery(delivery, by=cast.staff("engineer"))
    run_reactions()
    item.refresh_from_db()
    assert item.outcome == "cause_gone"


@pytest.mark.parametrize("role", [role.code for role in ROLES])
def test_the_teams_page_is_for_those_who_lead_one(role):
    client = desk_of(role)
    expected = 200 if team_of(role) else 403
    assert client.get(TEAM).status_code == expected
    assert client.get(f"{TEAM}rows/").status_code == expected
    assert ("我的团队" in client.get("/admin/").content.decode()) == bool(team_of(role))


def test_the_supervisor_sees_whose_work_is_late_and_hands_it_over(case):
    take_item(case, by=cast.staff("service_agent", "li"))
    chief = desk_of("service_supervisor")
    assert "li" in chief.get(TEAM).content.decode()
    case.refresh_from_db()
    with turned_to(case.due_at + timedelta(hours=30)):
        sweep_timers()
        run_reactions()
        rows = chief.get(f"{TEAM}rows/").content.decode()
        assert "最多逾期 1 天 6 小时" in rows
        asked = chief.get(f"/admin/desk/act/work.hand_over_item/{case.pk}/?back={TEAM}")
        assert "员工" in asked.content.decode()
        colleague = cast.staff("service_agent").user
        done = chief.post(
            f"/admin/desk/act/work.hand_over_item/{case.pk}/",
            {"to": f"person:{colleague.pk}", "why": "李忙不过来", "back": TEAM},
        )
        assert done["Location"] == TEAM
        assert WorkItem.objects.get(pk=case.pk).person == colleague
        known = {"If-None-Match": chief.get(f"{TEAM}rows/")["ETag"]}
        assert chief.get(f"{TEAM}rows/", headers=known).status_code in {200, 304}


def test_the_supervisor_hands_a_whole_heap_over_at_once(case):
    agent, chief = cast.staff("service_agent", "li"), desk_of("service_supervisor")
    take_item(case, by=agent)
    page = f"{TEAM}hand-over/service_agent:{agent.user.pk}/"
    assert page in chief.get(TEAM).content.decode()
    asked = chief.get(page).content.decode()
    assert "交接li的工作" in asked and str(case.title) in asked and " checked" in asked
    said = {"to": "post:service_supervisor", "why": "li 休年假"}
    assert "请勾选" in chief.post(page, said).content.decode()
    assert "必填" in chief.post(page, {"items": [case.pk]}).content.decode()
    assert chief.post(page, {**said, "items": [case.pk]})["Location"] == TEAM
    case.refresh_from_db()
    assert (case.role, case.person) == ("service_supervisor", None)
    assert chief.get(page).status_code == 404, "nothing lies there any more"
    assert desk_of("service_agent").get(page).status_code == 404


def test_a_poll_of_work_costs_the_same_however_many_items(case):
    agent = desk_of("service_agent")
    agent.get(f"{WORK}rows/")
    with CaptureQueriesContext(connection) as one:
        agent.get(f"{WORK}rows/")
    sku = make_sku()
    for name in "abcdef":
        order = make_order("paid", sku=sku, customer=cast.customer(name))
        open_exception(order, "unreachable", by=cast.staff("service_agent"))
    with CaptureQueriesContext(connection) as many:
        assert len(shown(agent.get(f"{WORK}rows/"))) == 7
    assert len(many) == len(one) <= 14
