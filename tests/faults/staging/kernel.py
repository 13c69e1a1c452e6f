"""Stages of the kernel: what is parked, late, handed over, long, or runs out."""

from datetime import datetime, time, timedelta

from catalog.desk.imports import PRICES
from shop.clock import SHANGHAI, now, today, turned_to
from shop.doors.imports.applying import IMPORT
from shop.events.events import DeliveryMended, DeliveryParked, DeliverySkipped
from shop.events.relay import run_reactions
from shop.identity.actors import Actor
from shop.identity.models import Customer
from shop.notices.actions.raising import Fact, send_notice
from shop.notices.models import RELEASE
from shop.notices.notices import TIMER_DIED
from shop.papers.actions import ENDS, PaperFacts, file_paper, tell_of_end
from shop.papers.kinds import FOOD_LICENCE
from shop.papers.models import Paper
from shop.papers.rules import LAPSE
from shop.rights.actions import (
    call_off_erasure,
    erase_customer,
    prepare_copy,
    request_copy,
    request_erasure,
)
from shop.rights.models import COOLING_OVER, DataRequest
from shop.rights.rules import COOLING
from shop.timing.actions.calendars import announce_calendar_year, publish_calendar_version
from shop.timing.events import (
    CalendarStillProvisional,
    ClockBreached,
    ClockJobFailed,
    ClockJobRecovered,
    ClockWarned,
    TimerDied,
    TimerReplayed,
)
from shop.timing.rules import AnnouncedYear
from shop.work.actions.hand_overs import hand_over_item
from shop.work.actions.items import Matter, escalate_item, open_item
from shop.work.actions.jobs import begin_job, continue_job, keep_job_file, note_failure, start_job
from shop.work.kinds import DEAD_TIMER
from shop.work.models import Job, WorkItem
from shop.work.rules import Receiver
from shop.work.runner import run_stretch
from tests import cast
from tests.faults.staging.worlds import DAY, HOUR, Stage, World, fresh_number, said, tell
from tests.make import live_on, make_calendar, make_new_sku, make_order


def item() -> WorkItem:
    cast.staff("technical_lead")
    subject = f"timer:{fresh_number() + 900_000}"
    make_calendar()
    return open_item(DEAD_TIMER, Matter(subject, figures={"timer": "t", "about": "x"}),
                     by=cast.SYSTEM)  # fmt: skip


def handed_over(world: World) -> None:
    cast.staff("director")
    hand_over_item(item(), Receiver("director"), "请看一下", by=cast.staff("technical_lead"))


def overdue(world: World) -> None:
    escalate_item(item(), by=cast.SYSTEM)


def warned(world: World) -> None:
    tell(ClockWarned(*clock_of(item())))


def breached(world: World) -> None:
    tell(ClockBreached(*clock_of(item())))


def clock_of(work: WorkItem) -> tuple[int, str, str]:
    assert work.clock
    return work.clock.pk, "work", work.subject


def year_missing() -> int:
    """A year of which the house's calendar knows nothing, and somebody was told so."""
    calendar, year = make_calendar(), 2100 + fresh_number()
    tell(CalendarStillProvisional(calendar.pk, year))
    return year


def year_published(world: World) -> None:
    year = year_missing()
    run_reactions()
    by = cast.staff("hr")
    draft = announce_calendar_year(make_calendar(), AnnouncedYear(year, "国办发明电", ()), by=by)
    publish_calendar_version(draft, by=by)


def table() -> Job:
    """A table of two prices to be taken in."""
    manager, sku = cast.staff("operations_manager"), make_new_sku()
    headings = ",".join(str(column.title) for column in PRICES.columns[:2])
    rows = f"{headings}\n{sku.code},10\n{sku.code},11\n"
    stored = keep_job_file("prices.csv", rows.encode(), by=manager)
    return start_job(IMPORT, {"importer": PRICES.code}, source=stored, by=manager)


def stretch_over(world: World) -> None:
    """The first stretch ended before the table did."""
    job = table()
    held = begin_job(job.pk, by=cast.SYSTEM)
    assert held
    continue_job(job.pk, held.token, by=cast.SYSTEM)


def taken_in(world: World) -> None:
    run_stretch(table().pk)


def broken_off(world: World) -> None:
    job = table()
    held = begin_job(job.pk, by=cast.SYSTEM)
    assert held
    note_failure(job.pk, held.token, "the disk is full", True, by=cast.SYSTEM)


def paper(days: int) -> Paper:
    """A licence that has so many days left."""
    ends = today() + timedelta(days=days)
    facts = PaperFacts(f"JY{fresh_number()}", "市场监督管理局", ends - 365 * DAY, ends, "house")
    return file_paper(FOOD_LICENCE, facts, by=cast.staff("compliance_reviewer"))


def paper_ends(world: World) -> None:
    tell_of_end(paper(20).pk, 30, by=cast.SYSTEM)


def paper_ran_out(world: World) -> None:
    with turned_to(now() - 300 * DAY):
        known = paper(200)
    tell_of_end(known.pk, LAPSE, by=cast.SYSTEM)


def paper_grown_old(world: World) -> None:
    with turned_to(now() - 300 * DAY):
        paper(200)


def person() -> Customer:
    return cast.customer(f"d2-{fresh_number()}")


def copy_asked_for(world: World) -> DataRequest:
    customer = make_order("unpaid", customer=person()).customer
    return request_copy(customer, by=Actor.shopper(customer))


def copy_prepared(world: World) -> None:
    prepare_copy(copy_asked_for(world), by=cast.SYSTEM)


def to_be_erased(world: World) -> DataRequest:
    customer = person()
    return request_erasure(customer, by=Actor.shopper(customer))


def cooled_off(world: World) -> None:
    with turned_to(now() - COOLING - HOUR):
        to_be_erased(world)


def hindered(world: World) -> DataRequest:
    """They bought something after they had asked to be forgotten."""
    with turned_to(now() - COOLING - HOUR):
        request = to_be_erased(world)
    make_order("paid", customer=request.customer)
    erase_customer(request, by=cast.SYSTEM)
    return request


def stays_after_all(world: World) -> None:
    request = hindered(world)
    run_reactions()
    call_off_erasure(request, by=Actor.shopper(request.customer))


def erased_at_last(world: World) -> None:
    request = hindered(world)
    run_reactions()
    for order in request.customer.orders.all():
        for step in ("confirmed", "shipped", "signed", "completed"):
            live_on(order, step)
    erase_customer(request, by=cast.SYSTEM)


def held_for_the_night(world: World) -> None:
    """Something for a colleague by e-mail, at ten in the evening the day before yesterday."""
    user = cast.staff("technical_lead").user
    assert user
    user.email = "jishu@shop.example"
    user.save()
    evening = datetime.combine(today() - 2 * DAY, time(22), SHANGHAI)
    with turned_to(evening):
        send_notice(TIMER_DIED, user, Fact(f"timer:{fresh_number()}"), by=cast.SYSTEM)


FACTS: dict[str, Stage] = {
    "events.DeliveryParked": said(lambda n: DeliveryParked(n, "a.reaction", f"order:{n}")),
    "events.DeliveryMended": said(
        lambda n: DeliveryParked(n, "a.reaction", f"order:{n}"), DeliveryMended
    ),
    "events.DeliverySkipped": said(
        lambda n: DeliveryParked(n, "a.reaction", f"order:{n}"), DeliverySkipped
    ),
    "timing.TimerDied": said(lambda n: TimerDied(n, "a.timer", f"order:{n}")),
    "timing.TimerReplayed": said(
        lambda n: TimerDied(n, "a.timer", f"order:{n}"),
        lambda n: TimerReplayed(n, "a.timer", f"order:{n}"),
    ),
    "timing.ClockJobFailed": said(lambda n: ClockJobFailed(n, "a.job", 1)),
    "timing.ClockJobRecovered": said(
        lambda n: ClockJobFailed(n, "a.job", 1), lambda n: ClockJobRecovered(n, "a.job")
    ),
    "timing.CalendarStillProvisional": lambda world: year_missing(),
    "timing.ClockWarned": warned,
    "timing.ClockBreached": breached,
    "work.WorkItemHandedOver": handed_over,
    "work.WorkItemOverdue": overdue,
    "work.LongWorkStarted": lambda world: table(),
    "work.LongWorkContinued": stretch_over,
    "work.LongWorkFinished": taken_in,
    "work.LongWorkFailed": broken_off,
    "papers.PaperEnding": paper_ends,
    "papers.PaperRanOut": paper_ran_out,
    "rights.CopyRequested": copy_asked_for,
    "rights.CopyPrepared": copy_prepared,
    "rights.ErasureRequested": to_be_erased,
    "rights.ErasureStopped": hindered,
    "rights.ErasureCalledOff": stays_after_all,
    "rights.CustomerErased": erased_at_last,
}

OF_REACTION: dict[tuple[str, str], Stage] = {
    ("work.close_published_year", "timing.CalendarPublished"): year_published,
}

TIMERS: dict[str, Stage] = {
    ENDS: paper_grown_old,
    COOLING_OVER: cooled_off,
    RELEASE: held_for_the_night,
}
