"""The calendar, the clock's jobs and the timers, as staff use them through HTTP."""

from datetime import date, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import translation

from shop.clock import now, turned_to
from shop.doors.timing.words import schedule_words
from shop.events.relay import run_reactions
from shop.timing.actions.calendars import edit_calendar_day
from shop.timing.actions.clocks import start_clock
from shop.timing.models import CalendarDay, CalendarVersion, Clock, JobRun, Timer
from shop.timing.planner import run_due_jobs
from shop.timing.rules import LONGEST_CLOSURE, SpecialDay, retries
from shop.timing.sweeper import sweep_timers
from tests import cast
from tests.doors.conftest import desk_of
from tests.make import make_calendar
from tests.timing.belfry import KIND, MINUTE, arm, bell  # noqa: F401 - a fixture
from tests.timing.errands import CODE, NOON, job, only  # noqa: F401 - a fixture

pytestmark = pytest.mark.django_db
ANNIVERSARY = SpecialDay(date(2026, 11, 24), "holiday", "店庆")
NOTICE = """一、元旦：1月1日（周五）至3日（周日）放假，共3天。
二、春节：2月5日（周五）至11日（周四）放假调休，共7天。1月31日（周日）、2月20日（周六）上班。"""


@pytest.fixture
def calendar():
    return make_calendar()


@pytest.fixture
def manager():
    return desk_of("operations_manager")


def page(client, calendar, year=2026, **query):
    return client.get(f"/admin/desk/calendars/{calendar.pk}/{year}/", query)


def step(client, calendar, name, typed=None, year=2026):
    return client.post(f"/admin/desk/calendars/{calendar.pk}/{year}/{name}/", typed or {})


def text(answer):
    return answer.content.decode()


# the calendar


def test_a_year_is_twelve_months_with_holidays_and_make_up_days_named(manager, calendar):
    shown = text(page(manager, calendar))
    assert shown.count('class="desk-month"') == 12
    assert shown.count('<td class="is-holiday') == 33
    assert shown.count('<td class="is-make_up') == 6
    for words in ("15–23 春节", "14 春节（上班）", "2026-02-14 星期六 春节 09:00–18:00"):
        assert words in shown
    assert "还没有录入" not in shown


def test_a_year_without_a_notice_is_flagged_in_plain_words(manager, calendar):
    assert "2027 年的放假安排还没有录入" in text(page(manager, calendar, 2027))


@pytest.mark.fault("E8")
@pytest.mark.parametrize(("year", "status"), [
    (1990, 200), (1991, 200), (2038, 200), (2100, 200), (1989, 404), (0, 404), (9999, 404),
    (99999, 404),
])  # fmt: skip
def test_years_beyond_the_calendar_are_not_found_and_never_an_error(
    manager, calendar, year, status
):
    assert page(manager, calendar, year).status_code == status


@pytest.mark.fault("E8")
@pytest.mark.parametrize("day", ["1986-05-04", "9999-12-31", "2026-02-30", "x", "2026-13-01", ""])
def test_a_day_that_is_none_of_this_year_opens_nothing(manager, calendar, day):
    answer = page(manager, calendar, day=day)
    assert answer.status_code == 200
    assert "data-edits" not in text(answer)


@pytest.mark.parametrize("role", ["operations_manager", "hr"])
def test_a_day_goes_into_the_draft_its_effect_is_shown_and_publishing_moves_the_clocks(
    calendar, role
):
    client = desk_of(role)
    with turned_to(NOON + timedelta(days=3)):  # Monday the 23rd, noon
        clock = start_clock(
            "orders.confirm", "order:7", calendar, timedelta(hours=9), by=cast.SYSTEM
        )
        typed = {"day": "2026-11-24", "kind": "holiday", "name": "店庆", "source": "管理层决定"}
        assert step(client, calendar, "day", typed).status_code == 302
        shown = text(page(client, calendar))
        assert "正在计时的 1 项中有 <b>1</b> 项会变动" in shown
        assert "2026-11-24 12:00" in shown and "2026-11-25 12:00" in shown
        assert Clock.objects.get().breach_at == clock.breach_at, "nothing moves before publishing"
        seen = calendar.draft().fingerprint()
        assert step(client, calendar, "publish", {"seen": seen}).status_code == 302
        run_reactions()
    assert calendar.draft() is None
    assert Clock.objects.get().breach_at == clock.breach_at + timedelta(days=1)


def test_a_day_may_be_worked_with_another_weekdays_hours_and_given_back(manager, calendar):
    typed = {
        "day": "2026-11-28",
        "kind": "make_up",
        "follows": "1",
        "name": "盘点",
        "source": "仓库",
    }
    step(manager, calendar, "day", typed)
    assert calendar.draft().days.get(day="2026-11-28").follows == CalendarDay.Weekday.TUESDAY
    shown = text(page(manager, calendar, day="2026-11-28"))
    assert "盘点" in shown and 'value="1" selected' in shown
    step(manager, calendar, "day", {"day": "2026-11-28", "kind": "normal"})
    assert not calendar.draft().days.filter(day="2026-11-28").exists()


@pytest.mark.parametrize(("typed", "complaint"), [
    ({"kind": "holiday", "name": "", "source": "通知"}, "不按星期的日子，请填这一项"),
    ({"kind": "make_up", "name": "盘点", "source": ""}, "不按星期的日子，请填这一项"),
    ({"kind": "half", "name": "盘点", "source": "通知"}, "half"),
    ({"kind": "holiday", "name": "盘点", "source": "通知", "day": "2026-02-30"}, "有效的日期"),
    ({"kind": "make_up", "name": "盘", "source": "通知", "follows": "7"}, "7"),
])  # fmt: skip
def test_a_day_that_says_too_little_is_refused_at_its_field(manager, calendar, typed, complaint):
    answer = step(manager, calendar, "day", {"day": "2026-11-24", **typed})
    assert answer.status_code == 400
    assert complaint in text(answer)
    assert calendar.draft() is None


def test_the_week_may_have_several_stretches_a_day(manager, calendar):
    typed = {f"day_{n}": "8:30-12:00，13:30～18:00" for n in range(5)} | {"day_5": "9:00-12:00"}
    assert step(manager, calendar, "week", typed).status_code == 302
    both = [["08:30", "12:00"], ["13:30", "18:00"]]
    assert calendar.draft().week == [both] * 5 + [[["09:00", "12:00"]], []]
    assert "08:30–12:00, 13:30–18:00" in text(page(manager, calendar))


@pytest.mark.parametrize(("typed", "complaint"), [
    ({}, "没有任何营业时间"),
    ({"day_0": "18:00-09:00"}, "请按先后顺序填写"),
    ({"day_0": "09:00-25:00"}, "请按先后顺序填写"),
    ({"day_0": "24:30-25:00"}, "请按先后顺序填写"),
    ({"day_0": "nine to five"}, "请按先后顺序填写"),
    ({"day_0": "09:00-12:00, 11:00-13:00"}, "请按先后顺序填写"),
])  # fmt: skip
def test_a_week_nobody_can_keep_is_refused_with_the_reason(manager, calendar, typed, complaint):
    answer = step(manager, calendar, "week", typed)
    assert answer.status_code == 400
    assert complaint in text(answer)
    assert calendar.draft() is None


def test_next_years_notice_is_pasted_looked_over_and_published(manager, calendar):
    answer = step(
        manager, calendar, "notice", {"source": "国办发明电〔2026〕1号", "text": NOTICE}, 2027
    )
    assert answer.status_code == 302
    shown = text(page(manager, calendar, 2027))
    assert "2027 年的安排由暂定变为确定" in shown and "5–11 春节" in shown
    step(manager, calendar, "publish", {"seen": calendar.draft().fingerprint()}, 2027)
    assert calendar.current().years == [2024, 2025, 2026, 2027]
    assert calendar.current().days.filter(day__year=2027, kind="make_up").count() == 2


@pytest.mark.parametrize(("typed", "complaint"), [
    ("", "必填"),
    ("元旦", "没有节日名称"),
    ("元旦：1月1日（周六）放假", "括号里的星期"),
    ("元旦：1月1日至3日放假，共2天", "对不上"),
    ("春节：2月30日放假", "没有这一天"),
    ("元旦：2026年1月1日放假", "别的年份"),
    ("元旦：1月5日至3日放假", "早于"),
    ("元旦：1月9日上班", "没有放假日期"),
    ("元旦：1月9日", "放假还是上班"),
    ("元旦：1月1日放假\n元旦：1月1日放假", "每个日期"),
])  # fmt: skip
def test_a_notice_that_says_nothing_certain_is_refused_with_the_line(
    manager, calendar, typed, complaint
):
    answer = step(manager, calendar, "notice", {"source": "通知", "text": typed}, 2027)
    assert answer.status_code == 400
    assert complaint in text(answer)
    assert calendar.draft() is None


def test_what_was_not_looked_at_is_not_published(manager, calendar):
    by = cast.staff("hr")
    edit_calendar_day(calendar, ANNIVERSARY, "管理层", by=by)
    seen = calendar.draft().fingerprint()
    edit_calendar_day(calendar, SpecialDay(date(2026, 11, 25), "holiday", "店庆"), "", by=by)
    answer = step(manager, calendar, "publish", {"seen": seen})
    assert "别人改过草稿" in text(answer)
    assert calendar.current().number == 1


def test_a_draft_that_never_opens_cannot_be_published_and_says_why(manager, calendar):
    edit_calendar_day(calendar, ANNIVERSARY, "停业", by=cast.staff("hr"))
    draft = calendar.draft()
    draft.days.filter(day__gte=date.today()).delete()
    CalendarDay.objects.bulk_create(
        CalendarDay(version=draft, day=date.today() + timedelta(n), kind="holiday", name="停业")
        for n in range(LONGEST_CLOSURE + 2)
    )
    start_clock("orders.confirm", "order:7", calendar, timedelta(hours=9), by=cast.SYSTEM)
    shown = text(page(manager, calendar))
    assert "没有任何营业时间" in shown and 'data-opens="publish-dialog"' not in shown
    answer = step(manager, calendar, "publish", {"seen": draft.fingerprint()})
    assert answer.status_code == 400
    assert calendar.current().number == 1


def test_a_draft_is_discarded_or_found_gone(manager, calendar):
    edit_calendar_day(calendar, ANNIVERSARY, "管理层", by=cast.staff("hr"))
    assert step(manager, calendar, "discard").status_code == 302
    assert CalendarVersion.objects.count() == 1
    for name, typed in (("discard", {}), ("publish", {"seen": "x"})):
        answer = step(manager, calendar, name, typed)
        assert answer.status_code == 400


def test_others_look_at_what_is_in_force_and_edit_nothing(calendar):
    edit_calendar_day(calendar, ANNIVERSARY, "管理层", by=cast.staff("hr"))
    agent = desk_of("service_agent")
    shown = text(page(agent, calendar))
    assert "春节" in shown and "店庆" not in shown and "<form" not in shown.split("<article")[1]
    for name in ("day", "week", "notice", "publish", "discard"):
        assert step(agent, calendar, name).status_code == 403
    assert step(desk_of("hr"), calendar, "nothing").status_code == 404
    assert agent.get("/admin/desk/calendars/999999/2026/").status_code == 404


def test_the_list_of_calendars_leads_to_this_year(manager, calendar):
    answer = manager.get(f"/admin/timing/calendar/{calendar.pk}/change/", follow=True)
    assert answer.redirect_chain == [(f"/admin/desk/calendars/{calendar.pk}/{now().year}/", 302)]


def test_a_year_costs_the_same_however_many_clocks_run(manager, calendar):
    edit_calendar_day(calendar, ANNIVERSARY, "管理层", by=cast.staff("hr"))

    def cost():
        with CaptureQueriesContext(connection) as asked:
            page(manager, calendar)
        return len(asked)

    start_clock("orders.confirm", "order:0", calendar, timedelta(hours=9), by=cast.SYSTEM)
    few = cost()
    for n in range(1, 6):
        start_clock("orders.confirm", f"order:{n}", calendar, timedelta(hours=9), by=cast.SYSTEM)
    assert cost() == few


# clock jobs


@pytest.fixture
def engineer():
    return desk_of("engineer")


def timetable(client, **typed):
    blank = {"rhythm": "times", "times": "", "on": "every_day", "zone": "Asia/Shanghai"}
    return client.post(f"/admin/desk/jobs/{job().pk}/timetable/", blank | typed)


def test_the_list_shows_each_job_when_it_ran_and_when_it_does_next(engineer, only):  # noqa: F811
    errand = only({"every": 5}, at=now() - 7 * MINUTE)
    errand.failures.append(OSError("no paper"))
    shown = text(engineer.get("/admin/timing/clockjob/"))
    assert "每 5 分钟" in shown and "排程停了，已晚" in shown
    run_due_jobs()
    job().runs.update(try_at=now())
    run_due_jobs()
    assert "准时" in text(engineer.get("/admin/timing/clockjob/"))
    record = text(engineer.get(f"/admin/timing/clockjob/{job().pk}/change/"))
    assert record.count("<time datetime") >= 5


@pytest.mark.parametrize(("typed", "stored", "words"), [
    ({"times": "9:00，18：30"}, {"times": ["09:00", "18:30"]}, "每天 09:00、18:30"),
    ({"times": "09:00", "on": "weekdays", "weekdays": [0, 1, 2, 3, 4]},
     {"times": ["09:00"], "weekdays": [0, 1, 2, 3, 4]}, "周一至周五 09:00"),
    ({"times": "09:00", "on": "month_days", "month_days": "1, 15", "last_day": "on"},
     {"times": ["09:00"], "month_days": [0, 1, 15]}, "每月 1 日、15 日、最后一天 09:00"),
    ({"rhythm": "steps", "every": "15", "opens": "8:00", "closes": "20:00"},
     {"every": 15, "window": ["08:00", "20:00"]}, "08:00 到 20:00 每 15 分钟"),
    ({"rhythm": "steps", "every": "1"}, {"every": 1}, "每分钟"),
    ({"times": "02:30", "zone": "Europe/Berlin"}, {"times": ["02:30"]},
     "每天 02:30 (Europe/Berlin)"),
])  # fmt: skip
def test_a_timetable_is_previewed_then_saved(engineer, only, typed, stored, words):  # noqa: F811
    only({"every": 5})
    shown = timetable(engineer, **typed)
    assert shown.status_code == 200
    assert words in text(shown) and text(shown).count("<time datetime") == 5
    assert job().schedule == {"every": 5}, "a preview changes nothing"
    assert timetable(engineer, **typed, save="1").status_code == 302
    assert job().schedule == {"zone": typed.get("zone", "Asia/Shanghai"), **stored}
    again = text(engineer.get(f"/admin/desk/jobs/{job().pk}/timetable/"))
    assert words in again
    with translation.override("zh-hans"):
        assert schedule_words(job().schedule) == words


@pytest.mark.parametrize(("typed", "complaint"), [
    ({"times": "24:30"}, "钟面上没有这个时刻"),
    ({"times": "2:60"}, "钟面上没有这个时刻"),
    ({"times": "24:00"}, "请写 00:00"),
    ({"times": ""}, "请至少填一个时刻"),
    ({"rhythm": "steps", "every": "0"}, "1 到 1440"),
    ({"rhythm": "steps", "every": ""}, "1 到 1440"),
    ({"rhythm": "steps", "every": "-5"}, "1 到 1440"),
    ({"rhythm": "steps", "every": "1441"}, "1 到 1440"),
    ({"rhythm": "steps", "every": "5", "opens": "20:00", "closes": "8:00"}, "要晚于开始"),
    ({"rhythm": "steps", "every": "5", "opens": "8"}, "钟面上没有这个时刻"),
    ({"times": "09:00", "on": "weekdays"}, "请至少选一天"),
    ({"times": "09:00", "on": "month_days"}, "请至少选一天"),
    ({"times": "09:00", "on": "month_days", "month_days": "32"}, "没有这一天"),
    ({"times": "09:00", "on": "month_days", "month_days": "0"}, "没有这一天"),
    ({"times": "09:00", "on": "month_days", "month_days": "first"}, "没有这一天"),
    ({"times": "09:00", "zone": "Asia/Atlantis"}, "没有这个时区"),
    ({"times": "09:00", "zone": "../../etc/passwd"}, "没有这个时区"),
    ({"times": "09:00", "zone": ""}, "必填"),
    ({"rhythm": "never"}, "never"),
])  # fmt: skip
def test_a_timetable_nobody_can_keep_is_refused_at_its_field(
    engineer, only, typed, complaint  # noqa: F811
):  # fmt: skip
    only({"every": 5})
    for save in ({}, {"save": "1"}):
        answer = timetable(engineer, **typed, **save)
        assert answer.status_code == 400
        assert complaint in text(answer)
    assert job().schedule == {"every": 5}


def test_a_job_is_run_now_and_a_failed_run_tried_again_by_button(
    engineer, only, monkeypatch  # noqa: F811
):  # fmt: skip
    monkeypatch.setattr(retries, "MOST_ATTEMPTS", 1)
    errand = only({"times": ["12:00"]}, at=now())
    errand.failures.append(OSError("no paper"))
    assert engineer.post(f"/admin/desk/act/timing.run_job_now/{job().pk}/").status_code == 302
    run_due_jobs()
    failed = JobRun.objects.get()
    record = text(engineer.get(f"/admin/timing/jobrun/{failed.pk}/change/"))
    assert "OSError: no paper" in record and "重试这次运行" in record
    assert "OSError: no paper" in text(engineer.get(f"/admin/timing/jobrun/?job={CODE}"))
    engineer.post(f"/admin/desk/act/timing.retry_job_run/{failed.pk}/")
    run_due_jobs()
    assert len(errand.runs) == 1


def test_who_may_not_change_timetables_is_told_so(only):  # noqa: F811
    only({"every": 5})
    manager = desk_of("operations_manager")
    assert timetable(manager).status_code == 404, "they do not even see the job"
    answer = manager.post(f"/admin/desk/act/timing.run_job_now/{job().pk}/")
    assert answer.status_code == 404


# timers


def test_dead_timers_come_first_with_their_error_and_fire_after_all(
    engineer, bell, monkeypatch  # noqa: F811
):  # fmt: skip
    monkeypatch.setattr(retries, "MOST_ATTEMPTS", 1)
    arm("order:1", due=5 * MINUTE)
    arm("order:2")
    bell.failures.append(OSError("the paper jammed"))
    sweep_timers()
    arm("order:3")
    sweep_timers()
    shown = text(engineer.get("/admin/timing/timer/")).split("<tbody", 1)[1]
    assert shown.index("order:2") < shown.index("order:1")
    assert "OSError: the paper jammed" in shown and "还有 4 分" in shown
    assert "order:3" not in shown, "what has fired is shown when it is asked for"
    assert "order:3" in text(engineer.get("/admin/timing/timer/?state=fired"))
    of_clocks = text(engineer.get("/admin/timing/timer/?kind=timing.clock"))
    assert "order:1" not in of_clocks.replace("order:123", "")
    assert "order:1" in text(engineer.get(f"/admin/timing/timer/?kind={KIND}"))
    dead = Timer.objects.dead().get()
    assert "the paper jammed" in text(engineer.get(f"/admin/timing/timer/{dead.pk}/change/"))
    engineer.post(f"/admin/desk/act/timing.replay_timer/{dead.pk}/")
    sweep_timers()
    assert ("order:2", 1) in bell.tolls
