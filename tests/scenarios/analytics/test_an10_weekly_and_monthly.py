"""AN10, AN5: the week's and the month's report, held against the one before, with suggestions.

Told through the admin's pages, the clock and a real mail server.
"""

from datetime import date, datetime, timedelta
from io import BytesIO

import pytest
from django.db import connection
from django.urls import reverse
from python_calamine import CalamineWorkbook

from analytics.actions import establish_report
from analytics.models import MONTHLY, WEEKLY
from shop.clock import SHANGHAI, turned_to
from shop.figures.actions import measure_days
from shop.figures.models import MeasuredDay
from shop.figures.registry import CONTROLS
from shop.figures.rules import Figure
from shop.figures.selectors import control_figure
from shop.timing.actions.jobs import establish_jobs
from tests import cast
from tests.analytics.reports import DAY, MINUTE, nothing_measures, tick
from tests.doors.conftest import desk_of
from tests.make import make_order, make_sku

pytestmark = [pytest.mark.django_db, pytest.mark.article("AN10", "B2.2.1", "D7.2.2")]
MONDAY = datetime(2026, 11, 16, 8, 30, tzinfo=SHANGHAI)
SUNDAY_THE_FIRST = datetime(2026, 11, 1, 9, tzinfo=SHANGHAI)
CONTROL = CONTROLS["AN10.sent"]
SPREADSHEET = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def noon(month, day):
    return datetime(2026, month, day, 12, tzinfo=SHANGHAI)


@pytest.fixture
def manager():
    with turned_to(noon(10, 20)):
        establish_jobs(by=cast.SYSTEM)
        return desk_of("operations_manager")


@pytest.fixture
def goods():
    with turned_to(noon(8, 1)):
        return [make_sku(stock=500) for _ in range(3)]


def employed(role):
    user = cast.staff(role).user
    user.email = f"{role}@shop.example"
    user.save()
    return user


def press(client, action, row, **values):
    answer = client.post(reverse("desk:act", args=[f"analytics.{action}", row.pk]), values)
    assert answer.status_code == 302, answer.content.decode()[:2000]


def subscribed(manager, code, *roles):
    report = establish_report(code, by=cast.SYSTEM)
    with turned_to(noon(10, 21)):
        for role in roles:
            press(manager, "add_recipient", report, user=employed(role).pk)
    return report


def sold(sku, quantity, at, who="ming"):
    with turned_to(at):
        return make_order("paid", sku=sku, quantity=quantity, customer=cast.customer(who))


def measured(since, until, at):
    with turned_to(at):
        measure_days(since, until, by=cast.SYSTEM)


def by_hand(since, until):
    """(money in fen, orders, buyers, units by SKU) of these days, in plain SQL."""
    told = {"since": since, "until": until}
    with connection.cursor() as cursor:
        cursor.execute("""
            SELECT sum(p.amount_fen), count(DISTINCT p.order_id), count(DISTINCT o.customer_id)
            FROM orders_payment p JOIN orders_order o ON o.id = p.order_id
            WHERE p.status = 'succeeded' AND (p.succeeded_at AT TIME ZONE 'Asia/Shanghai')::date
                  BETWEEN %(since)s AND %(until)s""", told)  # fmt: skip
        money = cursor.fetchone()
        cursor.execute("""
            SELECT l.sku_id, sum(l.quantity) FROM orders_orderline l
            JOIN orders_order o ON o.id = l.order_id
            WHERE (o.paid_at AT TIME ZONE 'Asia/Shanghai')::date BETWEEN %(since)s AND %(until)s
            GROUP BY 1""", told)  # fmt: skip
        return (*map(int, money), dict(cursor.fetchall()))


def run_of(report):
    """Its last one."""
    return report.runs.order_by("data_on").last()


def name_of(sku):
    return f"{sku.product.live_revision.title} {sku.name}"


def reports_in(postman):
    """Without what the house tells people besides."""
    return [mail for mail in postman.taken if mail["Message-ID"].startswith("<kpi-")]


def parts_of(mail):
    return {part.get_content_type(): part for part in mail.walk() if not part.is_multipart()}


def text_of(mail):
    return parts_of(mail)["text/plain"].get_content()


def yuan(fen):
    return f"¥{fen // 100:,}.{fen % 100:02d}"


@pytest.mark.article("AN5")
def test_the_week_is_told_beside_the_week_before_with_movers_and_suggestions(
    postman, manager, goods
):
    # Given a manager who has the week's report sent on Mondays at half past eight
    subscribed(manager, WEEKLY, "director", "operations_manager")
    falling, steady, rising = goods
    # and two weeks: one product fell from 20 to 5, one went from 1 to 2, one rose from 30 to 60
    for sku, quantity in ((falling, 20), (steady, 1), (rising, 30)):
        sold(sku, quantity, noon(11, 3))
    for sku, quantity in ((falling, 5), (steady, 2), (rising, 60)):
        sold(sku, quantity, noon(11, 10))
    sold(rising, 1, noon(11, 15), "hua")
    sold(rising, 1, noon(11, 15), "hua")  # comes twice, is one buyer
    measured(date(2026, 11, 1), date(2026, 11, 15), MONDAY - 60 * MINUTE)

    # When Monday's slot has come, and comes again and again
    for later in (0, 10, 200, 1500):
        tick(MONDAY + later * MINUTE)

    # Then each got one mail, and its figures are those of plain SQL
    assert [mail["To"] for mail in postman.taken] == [
        "director@shop.example",
        "operations_manager@shop.example",
    ]
    mail, text = postman.taken[0], text_of(postman.taken[0])
    fen, orders, buyers, units = by_hand("2026-11-09", "2026-11-15")
    fen_before, _orders, buyers_before, _units = by_hand("2026-11-02", "2026-11-08")
    assert "11-09~11-15 周报：净收款额" in mail["Subject"] and len(mail["Subject"]) <= 60
    assert f"净收款额  {yuan(fen)}  ▲" in text
    assert f"本期合计¥{round(fen / 100):,}，上期合计¥{round(fen_before / 100):,}" in text
    assert f"支付订单数  {orders}" in text
    assert f"客单价  {yuan(round(fen / buyers))}" in text
    assert "11-02 至 11-08" in text
    assert f"支付买家数  {buyers_before} → {buyers}" not in text, "1 to 2: below the floor"
    # and what moved most stands there with its figures, but not what went from 1 to 2
    assert f"- {name_of(falling)}  20 → {units[falling.pk]}  ▼" in text
    assert f"- {name_of(rising)}  30 → {units[rising.pk]}  ▲" in text
    assert f"- {name_of(steady)}  1 → 2" not in text
    # and there is something to do about it, with its article and the desk that can act
    assert "销量明显下滑" in text and "B5.4.1" in text
    assert reverse("admin:catalog_product_changelist") in text
    html = parts_of(mail)["text/html"].get_content()
    assert "销量明显下滑" in html and len(html.encode()) < 100_000
    assert parts_of(mail)["image/png"]["Content-Disposition"] == "inline"
    # and the workbook has every figure of both weeks, as numbers
    file = parts_of(mail)[SPREADSHEET]
    assert file.get_filename() == "KPI_2026-11-09_11-15.xlsx"
    book = CalamineWorkbook.from_filelike(BytesIO(file.get_content()))
    assert book.sheet_names == ["对比", "变动", "指标", "控制指标", "口径"]
    paid = next(row for row in book.get_sheet_by_name("对比").to_python() if "支付金额" in row)
    assert (paid[4] * 100, paid[5] * 100) == (fen, fen_before)
    # and the archive shows it under its own report, and a preview composes it anew
    with turned_to(MONDAY + DAY):
        home = manager.get(reverse("reports:home"), {"report": WEEKLY}).content.decode()
        assert "2026-11-09…11-15" in home
        assert "2026-11-09…11-15" not in manager.get(reverse("reports:home")).content.decode()
        told = manager.get(reverse("reports:preview_content"), {"report": WEEKLY})
    assert "销量明显下滑" in told.content.decode()


@pytest.mark.article("AN5")
def test_the_month_is_compared_by_the_day_and_waits_for_the_first_workday(postman, manager, goods):
    # Given a month of 31 days that sold as much a day as the month of 30 before it
    report = subscribed(manager, MONTHLY, "director")
    sold(goods[0], 30, noon(9, 15))
    sold(goods[0], 31, noon(10, 15))
    measured(date(2026, 9, 1), date(2026, 10, 31), SUNDAY_THE_FIRST - 60 * MINUTE)

    # When the first is a Sunday
    tick(SUNDAY_THE_FIRST)
    assert not postman.taken
    page = manager.get(reverse("reports:run", args=[run_of(report).pk])).content.decode()
    assert "11-02 09:00" in page

    # Then it goes out on Monday, and the change by the day is none
    tick(SUNDAY_THE_FIRST + DAY)
    [mail] = postman.taken
    fen, *_rest = by_hand("2026-10-01", "2026-10-31")
    fen_before, *_rest = by_hand("2026-09-01", "2026-09-30")
    assert fen_before < fen
    text = text_of(mail)
    assert "2026-10 月报" in mail["Subject"]
    assert f"净收款额  {yuan(fen)}   持平" in text
    assert f"本期合计¥{round(fen / 100):,}，上期合计¥{round(fen_before / 100):,}" in text
    assert "按日均比较：总量分别除以 31 天和 30 天" in text
    assert parts_of(mail)[SPREADSHEET].get_filename() == "KPI_2026-10.xlsx"


def test_it_waits_for_every_day_of_the_week_and_names_the_one_that_is_missing(
    postman, manager, goods
):
    report = subscribed(manager, WEEKLY, "director")
    nothing_measures()
    sold(goods[0], 1, noon(11, 10))
    measured(date(2026, 11, 1), date(2026, 11, 15), MONDAY - 60 * MINUTE)
    MeasuredDay.objects.filter(day="2026-11-11").delete()
    tick(MONDAY)
    tick(MONDAY + 90 * MINUTE)
    assert not postman.taken
    tick(MONDAY + 120 * MINUTE)
    assert "数据未齐：以下日期尚未统计：11-11" in text_of(postman.taken[0])
    assert run_of(report).is_complete is False


def test_staff_move_it_to_another_weekday_and_no_week_is_told_twice(postman, manager, goods):
    report = subscribed(manager, WEEKLY, "director")
    measured(date(2026, 11, 1), date(2026, 11, 15), MONDAY - 60 * MINUTE)
    tick(MONDAY)
    with turned_to(MONDAY + 60 * MINUTE):
        tuesday = {"on": 1, "time": "9:00", "zone": "Asia/Shanghai", "days": "workdays"}
        press(manager, "reschedule_report", report, **tuesday)
        assert "星期二" in manager.get(reverse("reports:home"), {"report": WEEKLY}).content.decode()
    tick(MONDAY + DAY + 60 * MINUTE)
    assert len(postman.taken) == 1
    measured(date(2026, 11, 16), date(2026, 11, 22), MONDAY + 7 * DAY)
    tick(MONDAY + 8 * DAY + 60 * MINUTE)
    subjects = [mail["Subject"].partition("] ")[2][:11] for mail in reports_in(postman)]
    assert subjects == ["11-09~11-15", "11-16~11-22"]
    refused = {**tuesday, "on": 9}
    answer = manager.post(
        reverse("desk:act", args=["analytics.reschedule_report", report.pk]), refused,
        headers={"Accept": "application/json"},
    )  # fmt: skip
    assert answer.status_code == 400


@pytest.mark.control("AN10")
def test_the_control_falls_for_a_weekly_mail_nobody_answered_for(postman, manager, goods):
    subscribed(manager, WEEKLY, "director", "operations_manager")
    measured(date(2026, 11, 1), date(2026, 11, 15), MONDAY - 60 * MINUTE)
    postman.answers += ["250 OK", "hang up"]
    for hours in (0, 1, 5):
        tick(MONDAY + timedelta(hours=hours))
    assert len(postman.taken) == 2, "nothing is sent again by itself"
    with turned_to(MONDAY + DAY):
        day = MONDAY.date()
        assert control_figure(CONTROL, day, day) == Figure(1, 2)
        assert [case.status for case in CONTROL.cases(day, day)] == ["unknown"]


def test_who_is_dismissed_before_it_goes_out_gets_none(postman, manager, goods):
    """Walk-round: the run was opened on Sunday, when they still worked here."""
    report = subscribed(manager, MONTHLY, "director")
    measured(date(2026, 9, 1), date(2026, 10, 31), SUNDAY_THE_FIRST - 60 * MINUTE)
    tick(SUNDAY_THE_FIRST)
    director = cast.staff("director").user
    type(director).objects.filter(pk=director.pk).update(is_active=False)
    tick(SUNDAY_THE_FIRST + DAY)
    assert not postman.taken
    assert [mail.reason for mail in run_of(report).mails.all()] == ["left"]
