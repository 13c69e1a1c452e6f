"""What the shop says of itself to a load balancer and to whoever watches it."""

from datetime import timedelta

import pytest
from django.test import RequestFactory
from structlog.testing import capture_logs

from shop.clock import now
from shop.doors.middleware import RequestId
from shop.timing.actions.timers import arm_timer
from shop.timing.models import ClockJob, JobRun, Timer
from tests import cast

pytestmark = pytest.mark.django_db
LATE = timedelta(minutes=5)


def parts(client):
    answer = client.get("/readyz")
    return answer.status_code, answer.json()["parts"]


def figure(client, name):
    lines = client.get("/metrics").content.decode().splitlines()
    return float(next(line.split()[1] for line in lines if line.startswith(f"{name} ")))


def slot(at, **run):
    job = ClockJob.objects.create(code="doors.forget_old_keys.again", schedule={}, next_at=None)
    return JobRun.objects.create(job=job, slot_at=at, try_at=at, **run)


def test_all_is_well_when_nothing_waits(client):
    status, said = parts(client)
    assert (status, {said[name] for name in ("deliveries", "timers", "clock_jobs")}) == (
        200,
        {"ok"},
    )
    assert figure(client, "shop_oldest_timer_seconds") == 0


def test_a_timer_that_should_have_fired_is_said_and_orders_go_on(client):
    arm_timer("orders.payment_timeout", "order:1", now() - LATE, by=cast.SYSTEM)
    status, said = parts(client)
    assert status == 200, "late timers do not stop customers"
    assert said["timers"].startswith("oldest waiting since")
    assert figure(client, "shop_oldest_timer_seconds") >= LATE.total_seconds()


def test_a_dead_timer_is_counted(client):
    arm_timer("orders.payment_timeout", "order:1", now() - LATE, by=cast.SYSTEM)
    Timer.objects.update(state=Timer.State.DEAD)
    assert (parts(client)[1]["timers"], figure(client, "shop_dead_timers")) == ("ok", 1)


@pytest.mark.parametrize(
    ("run", "is_late"),
    [
        ({}, True),
        ({"leased_until": now() + timedelta(days=1)}, False),
        ({"state": "done", "ended_at": now()}, False),
    ],
    ids=["nobody took it", "somebody is at it", "done"],
)
def test_a_slot_that_nobody_took_is_said(client, run, is_late):
    slot(now() - LATE, **run)
    assert (parts(client)[1]["clock_jobs"] != "ok") == is_late
    assert (figure(client, "shop_oldest_slot_seconds") > 0) == is_late


def test_a_slot_that_nobody_planned_is_said(client):
    ClockJob.objects.create(code="orders.asleep", schedule={}, next_at=now() - LATE)
    assert parts(client)[1]["clock_jobs"].startswith("oldest waiting since")


def test_a_job_that_fails_is_counted(client):
    ClockJob.objects.create(code="orders.broken", schedule={}, failing_since=now())
    assert figure(client, "shop_failing_jobs") == 1


def test_the_figures_are_for_the_staff_network_alone(client, settings):
    settings.STAFF_NETWORKS = ["10.0.0.0/8"]
    assert client.get("/metrics").status_code == 403


def test_a_failure_is_logged_with_its_place_and_without_what_the_caller_sent():
    def view(request):
        raise ValueError("13800001234")

    request = RequestFactory().get("/api/v1/orders/?q=13800001234")
    request.resolver_match = None
    with capture_logs() as said:
        try:
            view(request)
        except ValueError as error:
            RequestId(view).process_exception(request, error)
    assert (said[0]["log_level"], said[0]["error"]) == ("error", "ValueError")
    assert said[0]["at"][-1].endswith(" view")
    assert "13800001234" not in str(said)
