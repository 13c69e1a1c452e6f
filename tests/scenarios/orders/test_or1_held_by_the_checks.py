"""A4.2a: what trips a check that staff set is held for a person, and goes nowhere by itself."""

from datetime import timedelta

import pytest
from django.db import transaction
from django.db.utils import DatabaseError

from orders.actions import check_order, confirm_order, refuse_order, set_limits
from orders.errors import NotHeld
from orders.models import OrderCheck, OrderLimits, Refund
from orders.rules import Limits, address_key
from shop.clock import now, turned_to
from shop.errors import InvalidValue
from shop.events.relay import run_reactions
from shop.figures.registry import CONTROLS
from shop.figures.rules import Figure, is_kept
from shop.figures.selectors import control_figure
from shop.identity.actions import AddressText, save_address
from shop.identity.actors import Actor
from shop.records.actions.policies import draft_policy_version
from shop.timing.sweeper import sweep_timers
from shop.work.actions.items import close_item
from shop.work.errors import StepHeld
from shop.work.models import WorkItem
from tests import cast
from tests.api.conftest import device_of
from tests.doors.conftest import desk_of
from tests.make import make_calendar, make_limits, make_order, make_policy, make_sku

pytestmark = pytest.mark.django_db
JSON = {"Accept": "application/json"}


def press(client, name, row, **values):
    return client.post(f"/admin/desk/act/{name}/{row.pk}/", values, headers=JSON)


def held(order):
    return WorkItem.objects.open().get(kind="order_held", subject=order.stream)


def found(order):
    return OrderCheck.objects.get(order=order).findings


@pytest.mark.article("OR1", "A4.2a")
def test_what_trips_a_limit_waits_for_a_person_who_releases_it():
    # Given limits that the supervisor set under a written rule, through the desk
    version, boss = make_policy("limits", "staff"), desk_of("service_supervisor")
    said = {"policy_version": version.pk, "most_units": 2, "most_yuan": 5_000,
            "most_orders": 9, "window_hours": 24, "blocked_regions": "",
            "sample_percent": 0}  # fmt: skip
    assert boss.post("/admin/desk/begin/orders.set_limits/", said).status_code == 302
    limits = OrderLimits.objects.get()
    assert (limits.policy_version, limits.most_fen) == (version, 500_000)

    # When an order is paid that holds more of an item than that
    agent = desk_of("service_agent")
    order = make_order("paid", quantity=3)

    # Then the service desk says why, once, and nobody can confirm it
    desk = agent.get("/admin/desk/service/rows/").content.decode()
    assert desk.count("单品件数超过限额") == 1
    refused = press(agent, "orders.confirm_order", order)
    assert (refused.status_code, "被扣下" in refused.json()["message"]) == (409, True)

    # and neither the warehouse nor the customer reads why
    hand = desk_of("warehouse")
    pages = ("/admin/desk/warehouse/rows/", f"/admin/orders/order/{order.pk}/change/")
    assert not any("限额" in hand.get(page).content.decode() for page in pages)
    told = device_of("ming").get(f"/api/v1/orders/{order.number}/").content.decode()
    assert "限额" not in told and "quantity_limit" not in told and "held" not in told

    # When the agent asked the customer and closes it, which wants a reason
    item, said = held(order), {"outcome": "released"}
    assert press(agent, "work.close_item", item, **said, done="").status_code == 400
    assert press(agent, "work.close_item", item, **said, done="电话核实").status_code == 200

    # Then it goes its way, and who released it and why stays
    assert press(agent, "orders.confirm_order", order).status_code == 200
    item.refresh_from_db()
    assert (item.outcome, item.done, item.closed_by.name != "") == ("released", "电话核实", True)


@pytest.mark.article("OR1", "A4.2a")
def test_who_refuses_it_says_why_and_the_money_goes_back():
    make_limits(most_fen=100)
    agent, order = desk_of("service_agent"), make_order("paid")
    assert press(agent, "orders.refuse_order", order, why="").status_code == 400
    assert press(agent, "orders.refuse_order", order, why="疑似倒卖").status_code == 200
    order.refresh_from_db()
    assert (order.status, Refund.objects.get().amount_fen) == ("closed", order.payable_fen)
    item = WorkItem.objects.get(kind="order_held")
    assert (item.is_open, item.entries.get().text) == (False, "疑似倒卖")
    case = order.after_sales.get()
    assert "疑似倒卖" not in f"{case.note}{case.answer}", "the customer reads the case"


@pytest.mark.article("OR1", "A4.2a")
@pytest.mark.parametrize(
    ("limits", "finding"),
    [
        ({"most_units": 1}, "quantity"),
        ({"most_fen": 25_599}, "value"),
        ({"blocked": ("浙江省 杭州市",)}, "region"),
        ({"most_orders": 1}, "same_phone"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_each_limit_holds_what_is_over_it(limits, finding):
    make_limits(**{"most_orders": 2, **limits})
    sku = make_sku()
    first = make_order("paid", sku=sku, quantity=1 if "most_orders" in limits else 2)
    second = make_order("paid", sku=sku, quantity=2)
    assert finding in found(second)
    assert (found(first) == []) == (finding == "same_phone")


@pytest.mark.article("OR1", "A4.2a")
def test_one_address_written_otherwise_is_still_one_address():
    """Other buyers with other phones, the same door: blanks, dashes, wide digits."""
    make_limits(most_orders=1)
    for name, phone, street in (
        ("hua", "13911112222", "文三路90号2幢301"),
        ("lan", "13933334444", "文三路 ９０ 号-2 幢 301"),
    ):
        customer = cast.customer(name)
        text = AddressText("李华", phone, "浙江省", "杭州市", "西湖区", street)
        save_address(customer, text, by=Actor.shopper(customer))
        order = make_order("paid", customer=customer)
    assert found(order) == ["same_address"]
    assert address_key("a b", "1-2") == address_key("ab", "12")


@pytest.mark.article("OR1", "A4.2a")
def test_what_is_within_them_passes_and_old_orders_do_not_count():
    make_limits(most_orders=1)
    with turned_to(now() - timedelta(hours=25)):
        make_order("paid")
    order = make_order("paid")
    assert found(order) == []
    with pytest.raises(NotHeld):
        refuse_order(order, "不想卖", by=cast.staff("service_agent"))
    assert confirm_order(order, by=cast.staff("service_agent")).status == "confirmed"


@pytest.mark.article("OR1", "A4.2a")
def test_there_is_no_way_round_it():
    """Not by who may only confirm, not by other limits afterwards, not by rewriting either."""
    make_limits(most_fen=100)
    order = make_order("paid")
    make_limits()
    for post in ("service_supervisor", "operations_specialist"):
        with pytest.raises(StepHeld):
            confirm_order(order, by=cast.staff(post))
    assert press(desk_of("warehouse"), "orders.refuse_order", order, why="x").status_code == 403
    assert press(desk_of("warehouse"), "work.close_item", held(order), outcome="released",
                 done="放行").status_code in {403, 404}  # fmt: skip
    begun = desk_of("service_agent").get("/admin/desk/begin/orders.set_limits/")
    assert begun.status_code == 403
    for rows, change in ((OrderLimits, {"most_fen": 10**9}), (OrderCheck, {"findings": []})):
        with pytest.raises(DatabaseError, match="Cannot update"), transaction.atomic():
            rows.objects.update(**change)
    assert held(order).is_open


@pytest.mark.parametrize(
    ("limits", "hours", "field"),
    [
        (Limits(0, 1, 1), 24, "most_units"),
        (Limits(1, 1, 1), 721, "window_hours"),
        (Limits(1, 1, 1, (" ",)), 24, "blocked_regions"),
    ],
)
def test_limits_that_make_no_sense_are_refused(limits, hours, field):
    with pytest.raises(InvalidValue) as refused:
        set_limits(make_policy("limits", "staff"), limits, hours, by=cast.SYSTEM)
    assert field in refused.value.fields


def test_without_limits_nothing_is_checked():
    assert check_order(make_order("paid"), by=cast.SYSTEM) is None


def test_a_draft_is_no_rule_yet():
    version = make_policy("limits", "staff")
    draft = draft_policy_version(version.policy, "第二条", by=cast.staff("operations_manager"))
    with pytest.raises(InvalidValue):
        set_limits(draft, Limits(1, 1, 1), 24, by=cast.SYSTEM)


@pytest.mark.control("OR1")
@pytest.mark.article("OR1", "A4.2a")
@pytest.mark.parametrize("is_forgotten", [False, True])
def test_a_held_order_that_is_forgotten_breaks_it_and_is_named(is_forgotten):
    control, begun = CONTROLS["OR1.held"], now() - timedelta(days=30)
    with turned_to(begun):
        make_calendar()
        make_limits(most_fen=100)
        agent = cast.staff("service_agent")
        order = make_order("paid")
        if not is_forgotten:
            close_item(held(order), "released", "电话核实", by=agent)
    sweep_timers()
    run_reactions()
    span = begun.date(), now().date()
    figure, cases = control_figure(control, *span), list(control.cases(*span))
    assert figure == Figure(0 if is_forgotten else 1, 1)
    assert is_kept(figure, control.target_bp) is not is_forgotten
    assert [case.pk for case in cases] == ([order.pk] if is_forgotten else [])
