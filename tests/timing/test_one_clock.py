"""One clock judges everything; the business day is Beijing's; a time comes with its offset."""

import ast
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import time_machine
from django.core.management import call_command

from analytics.api.serializers import SentIn
from orders.models import Order
from shop.clock import now, today, turned_to
from shop.doors.api.parsing import StrictInstant
from shop.events.models import InboxMessage
from shop.timing.actions.timers import arm_timer
from shop.timing.models import Timer
from shop.timing.planner import run_due_jobs
from shop.timing.rules import SHANGHAI, schedule_of
from shop.timing.sweeper import sweep_timers
from tests import cast
from tests.identity.test_customers import signed_in
from tests.make import make_order
from tests.orders.test_notice_hook import notice, payment, send  # noqa: F401 - fixtures
from tests.timing.belfry import KIND
from tests.timing.errands import CODE, job

ROOT = Path(__file__).parents[2]
MINUTE = timedelta(minutes=1)

# E2: one clock

READS_A_CLOCK = {"now", "utcnow", "today", "time", "time_ns", "localtime", "gmtime"}
OTHER_WORLDS = {
    "shop/clock.py": "the clock",
    "shop/vendors/wechat/simulator": "WeChat has a clock of its own",
    "shop/vendors/wechat/pay.py": "WeChat judges our requests by its clock",
    "shop/vendors/carriers/simulator": "carriers have a clock of their own",
    "shop/vendors/carriers/client.py": "carriers judge our requests by their clock",
    "shop/records/storage.py": "a storage dates its files by the machine's clock",
    "demo/logins.py": "what an authenticator app shows now",
}


def readers_of_the_machines_clock():
    for app in ("shop", "catalog", "marketing", "orders", "analytics", "demo"):
        for path in (ROOT / app).rglob("*.py"):
            for node in ast.walk(ast.parse(path.read_text())):
                if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
                    whose = ast.unparse(node.func.value).split(".")[-1]
                    is_clock = whose in {"datetime", "date", "time", "timezone"}
                    if is_clock and node.func.attr in READS_A_CLOCK:
                        yield str(path.relative_to(ROOT))


@pytest.mark.fault("E2")
def test_nobody_but_the_clock_asks_the_machine_for_the_time():
    found = set(readers_of_the_machines_clock())
    assert "shop/clock.py" in found, "the search finds what it should"
    assert not {name for name in found if not name.startswith(tuple(OTHER_WORLDS))}


@pytest.mark.django_db
@pytest.mark.fault("E2")
@pytest.mark.parametrize("drift", [10, -10])
def test_signatures_are_judged_by_the_clock_that_timers_fall_due_by(
    notice,  # noqa: F811
    bell,
    drift,
):
    machine = datetime.now(UTC)
    with turned_to(machine + drift * MINUTE):
        assert send(*notice(at=machine)).status_code == 401, "ten minutes off by the one clock"
        assert send(*notice(at=now())).status_code == 204
        arm_timer(KIND, "bell:1", now() + MINUTE, by=cast.SYSTEM)
        assert sweep_timers() == 0
    with turned_to(machine + (drift + 2) * MINUTE):
        assert sweep_timers() == 1
        assert sweep_timers() == 0
    assert Timer.objects.get().fired_at > machine + drift * MINUTE


@pytest.mark.django_db
@pytest.mark.fault("E2")
def test_tokens_live_and_die_by_the_one_clock():
    machine = datetime.now(UTC)
    with turned_to(machine + 10 * MINUTE):
        _customer, _key, phone = signed_in()
    for drift in (-10, 10, -10):
        with turned_to(machine + drift * MINUTE):
            assert phone.get("/api/v1/me/").status_code == 200
    with turned_to(machine + timedelta(days=30) + 11 * MINUTE):
        assert phone.get("/api/v1/me/").status_code == 401


# E4: the business day is Beijing's

BOUNDARY = [
    ("2026-11-21T23:59:59.999999+08:00", "2026-11-21"),
    ("2026-11-22T00:00:00+08:00", "2026-11-22"),
    ("2026-11-21T16:00:00+00:00", "2026-11-22"),
    ("2026-11-21T15:59:59.999+00:00", "2026-11-21"),
    ("2026-12-31T23:59:59.999+08:00", "2026-12-31"),
    ("2026-12-31T16:00:00+00:00", "2027-01-01"),
    ("2028-02-29T00:00:00+08:00", "2028-02-29"),
    ("1988-07-01T15:30:00+00:00", "1988-07-02"),  # summer time: nine hours ahead
]


@pytest.mark.fault("E4")
@pytest.mark.parametrize(("instant", "day"), BOUNDARY)
def test_the_business_day_turns_at_midnight_in_beijing(instant, day):
    with time_machine.travel(datetime.fromisoformat(instant), tick=False):
        assert today().isoformat() == day


@pytest.mark.django_db
@pytest.mark.fault("E4")
@pytest.mark.parametrize(("instant", "day"), BOUNDARY[:4])
def test_an_order_belongs_to_its_business_day_by_number_and_by_query(instant, day):
    with time_machine.travel(datetime.fromisoformat(instant), tick=False):
        order = make_order("unpaid")
    assert order.number.startswith(day.replace("-", "")[2:])
    assert Order.objects.get(placed_at__date=day) == order
    assert Order.objects.get(pk=order.pk).placed_at.utcoffset() == timedelta(0), "UTC in the rows"


@pytest.mark.django_db
@pytest.mark.fault("E4")
def test_a_daily_slot_at_midnight_is_the_new_days(only):
    errand = only({"times": ["00:00", "23:59"]}, "all", at=datetime(2026, 11, 20, 12, tzinfo=UTC))
    with turned_to(datetime(2026, 11, 20, 16, 0, 1, tzinfo=UTC)):
        run_due_jobs()
    days = [slot.astimezone(SHANGHAI).strftime("%d %H:%M") for slot in errand.runs]
    assert days == ["20 23:59", "21 00:00"]


# E3: as the planner runs it


@pytest.mark.django_db
@pytest.mark.fault("E3")
@pytest.mark.parametrize(("zone", "nights"), [
    ("America/New_York", ["2026-03-08", "2026-11-01"]),
    ("Europe/Berlin", ["2026-03-29", "2026-10-25"]),
    ("Australia/Lord_Howe", ["2026-04-05", "2026-10-04"]),
])  # fmt: skip
def test_a_daily_figure_is_made_once_each_local_day_through_both_nights(only, zone, nights):
    for n, night in enumerate(nights):
        begin = datetime.fromisoformat(f"{night}T00:00+00:00") - timedelta(days=1, hours=12)
        schedule = {"times": ["02:30"], "zone": zone}
        errand = only(schedule, "all", f"{CODE}{n}", at=begin)
        for step in range(72 * 3):
            with turned_to(begin + step * 20 * MINUTE):
                run_due_jobs()
        local = schedule_of(schedule).zone
        days = [slot.astimezone(local).date() for slot in errand.runs]
        assert len(days) == len(set(days)) == 3
        assert set(job(f"{CODE}{n}").runs.values_list("state", flat=True)) == {"done"}


# E9: a time comes with its offset


@pytest.mark.django_db
@pytest.mark.fault("E9")
@pytest.mark.parametrize(("said", "is_read"), [
    ("2026-11-22T12:00:00+08:00", True),
    ("2026-11-22T04:00:00Z", True),
    ("2026-11-22T18:00:00+14:00", True),
    ("2026-11-22T12:00:00", False),  # naive: whose noon?
    ("2026-11-22T24:00:00+08:00", False),
    ("2026-11-22T23:59:60+08:00", False),  # a leap second
    ("2026-11-22T12:00:00+24:00", False),
    ("2026-11-22", False),
    ("1795320000000", False),
    (1795320000000, False),  # epoch milliseconds
    (None, False),
    ("0001-01-01T00:00:00+14:00", False),
    ("noon", False),
])  # fmt: skip
def test_a_notice_says_when_with_its_offset_or_is_refused(notice, said, is_read):  # noqa: F811
    answer = send(*notice(success_time=said))
    assert answer.status_code == (204 if is_read else 400)
    assert InboxMessage.objects.count() == is_read


@pytest.mark.django_db
@pytest.mark.fault("E9")
@pytest.mark.parametrize("make", [
    lambda at: str(int(at.timestamp() * 1000)),
    lambda at: at.isoformat(),
    lambda at: f"{at.timestamp():.3f}",
    lambda at: f" {int(at.timestamp())}",
    lambda at: "",
])  # fmt: skip
def test_the_timestamp_of_a_signature_is_whole_seconds_or_refused(notice, make):  # noqa: F811
    raw, headers = notice()
    answer = send(raw, {**headers, "Wechatpay-Timestamp": make(now())})
    assert answer.status_code == 401
    assert not InboxMessage.objects.exists()


@pytest.mark.fault("E9")
def test_every_time_that_the_api_takes_wants_its_offset(tmp_path):
    """One route does, the page events: tests/api/test_page_events.py sends it odd ones."""
    path = tmp_path / "api.yaml"
    call_command("spectacular", "--file", str(path))
    times = [schema for schema in inputs_of(path) if schema.get("format") in {"date-time", "time"}]
    assert len(times) == 1
    assert isinstance(SentIn().fields["at"], StrictInstant)


def inputs_of(path):
    import yaml

    document = yaml.safe_load(path.read_text())
    parts = document["components"]["schemas"]
    bodies = [part for name, part in parts.items() if name.endswith("Request")]
    assert len(bodies) > 3, "the search finds what it should"
    yield from (field for body in bodies for field in body.get("properties", {}).values())
    for route in document["paths"].values():
        for method in route.values():
            yield from (given["schema"] for given in method.get("parameters", []))
