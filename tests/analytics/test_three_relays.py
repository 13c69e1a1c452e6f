"""Three relays, ten days around each night of summer time: no report missed, none twice."""

import threading
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from analytics.actions import add_recipient, establish_report, reschedule_report
from analytics.models import ReportMail, ReportRun
from shop.clock import turned_to
from shop.events.relay import run_reactions
from shop.figures.models import MeasuredDay
from shop.timing.actions.jobs import establish_jobs
from shop.timing.models import ClockJob
from shop.timing.planner import run_due_jobs
from shop.timing.sweeper import sweep_timers
from tests import cast
from tests.timing.belfry import on_threads

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.fault("D13")]
BERLIN = ZoneInfo("Europe/Berlin")
DAYS, RELAYS, STEP = 10, 3, timedelta(hours=6)
NIGHTS = {
    "clocks go forward": datetime(2026, 3, 24, tzinfo=BERLIN),
    "clocks go back": datetime(2026, 10, 20, tzinfo=BERLIN),
}


@pytest.fixture(autouse=True)
def _only_the_report(monkeypatch):
    """The other jobs of the house would run with every step."""
    from shop.timing import planner
    from shop.timing.jobs import JOBS

    code = "analytics.send_daily_report"
    monkeypatch.setattr(planner, "JOBS", {code: JOBS[code]})


def subscribed(begin):
    """Two readers of a report that Berlin gets at half past two at night."""
    with turned_to(begin):
        establish_jobs(by=cast.SYSTEM)
        report = establish_report(by=cast.SYSTEM)
        by = cast.staff("director")
        for role in ("director", "data_analyst"):
            user = cast.staff(role).user
            user.email = f"{role}@shop.example"
            user.save()
            add_recipient(report, user, by=by)
        reschedule_report(report, "02:30", "Europe/Berlin", "every_day", by=by)
    for n in range(-2, DAYS + 2):
        day = (begin + timedelta(days=n)).date()
        MeasuredDay.objects.get_or_create(day=day, defaults={"first_measured_at": begin})


def run_relays(begin):
    together = threading.Barrier(RELAYS)

    def relay():
        for step in range(1, DAYS * 4 + 1):
            together.wait(60)
            with turned_to(begin + step * STEP):
                run_due_jobs()
                run_reactions()
                sweep_timers(50)

    on_threads(*[relay] * RELAYS)
    with turned_to(begin + DAYS * 4 * STEP):
        while run_reactions() + sweep_timers(50):
            pass


@pytest.mark.parametrize("night", NIGHTS)
def test_ten_days_of_three_relays_send_each_day_once(postman, night):
    begin = NIGHTS[night]
    subscribed(begin)
    run_relays(begin)
    first = begin.date() - timedelta(days=1)
    expected = [first + timedelta(days=n) for n in range(DAYS)]
    assert list(ReportRun.objects.order_by("slot_at").values_list("data_on", flat=True)) == expected
    assert set(ReportMail.objects.values_list("status", flat=True)) == {"accepted"}
    numbers = [mail["Message-ID"] for mail in postman.taken]
    assert len(numbers) == len(set(numbers)) == 2 * DAYS
    assert ClockJob.objects.get(code="analytics.send_daily_report").failing_since is None
