"""The daily report: once per slot and person, by each one's rights, in bytes that stay."""

import re
from html.parser import HTMLParser
from io import BytesIO

import pytest
from django.contrib.auth.models import Group
from django.db import connection, transaction
from django.db.utils import DatabaseError, IntegrityError
from python_calamine import CalamineWorkbook

from analytics import flows
from analytics.actions import (
    add_recipient,
    await_figures,
    compose_run,
    open_run,
    pause_subscription,
    remove_recipient,
    resume_run,
    send_test_report,
)
from analytics.errors import MayNotRead
from analytics.models import ReportContent, ReportMail, ReportRun
from orders.kinds import ORDER_EXCEPTION
from shop.clock import turned_to
from shop.doors.sheets import read_table
from shop.events.relay import run_reactions
from shop.identity.actions import dismiss_staff_user
from shop.notices.actions.preferences import Choice, set_wishes
from shop.work.actions.items import Matter, open_item
from tests import cast
from tests.analytics.reports import (
    DAY,
    MINUTE,
    THURSDAY,
    WEDNESDAY,
    a_wednesday,
    measure,
    nothing_measures,
    outcomes,
    reader,
    run_of,
    the_report,
    tick,
)
from tests.make import make_order

pytestmark = pytest.mark.django_db


@pytest.fixture
def sent(postman):
    """Thursday's report to the director, handed over."""
    reader()
    a_wednesday()
    tick(THURSDAY)
    return postman


def parts_of(mail):
    return {part.get_content_type(): part for part in mail.walk() if not part.is_multipart()}


def test_one_mail_with_text_picture_and_workbook(sent):
    [mail] = sent.taken
    assert outcomes() == [("director", "accepted", "")]
    assert run_of().is_complete
    assert [part.get_content_type() for part in mail.walk()] == [
        "multipart/mixed",
        "multipart/alternative",
        "text/plain",
        "multipart/related",
        "text/html",
        "image/png",
        "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    ]
    picture = parts_of(mail)["image/png"]
    assert picture["Content-Disposition"] == "inline"
    assert f"cid:{picture['Content-ID'].strip('<>')}" in parts_of(mail)["text/html"].get_content()


@pytest.mark.article("AN10", "B2.2.1")
def test_its_figures_are_what_plain_sql_says(sent):
    day = WEDNESDAY.date()
    with connection.cursor() as cursor:
        cursor.execute(f"""
            SELECT sum(p.amount_fen), count(DISTINCT p.order_id), count(DISTINCT o.customer_id)
            FROM orders_payment p JOIN orders_order o ON o.id = p.order_id
            WHERE p.status = 'succeeded'
              AND (p.succeeded_at AT TIME ZONE 'Asia/Shanghai')::date = '{day}'""")
        fen, orders, buyers = map(int, cursor.fetchone())
        cursor.execute(f"""
            SELECT count(*) FROM timing_clock WHERE kind = 'orders.confirm'
              AND (breach_at AT TIME ZONE 'Asia/Shanghai')::date = '{day}'
              AND (met_at IS NULL OR met_at >= breach_at)""")
        [unconfirmed] = cursor.fetchone()
    text = parts_of(sent.taken[0])["text/plain"].get_content()
    assert f"¥{fen // 100:,}.{fen % 100:02d}  ▲ 升 200 %" in text
    assert f"支付订单数  {orders}  ▲ 升 200 %" in text
    assert f"客单价  ¥{fen / 100 / buyers:,.2f}" in text
    assert f"{unconfirmed} 个案例" in text
    assert "2 项预警" in sent.taken[0]["Subject"]
    assert f"¥{fen // 100:,}" in sent.taken[0]["Subject"]


class Seen(HTMLParser):
    """What the HTML says, and what it fetches."""

    def __init__(self, html):
        super().__init__()
        self.text, self.tags = [], []
        self.feed(html)

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data):
        self.text.append(" ".join(data.split()))


def test_html_is_light_fetches_nothing_and_says_what_the_text_says(sent):
    html = parts_of(sent.taken[0])["text/html"].get_content()
    assert len(html.encode()) < 100_000
    seen = Seen(html)
    [picture] = [attrs for tag, attrs in seen.tags if tag == "img"]
    assert picture["src"].startswith("cid:")
    assert int(picture["width"]) <= 592
    assert "最高" in picture["alt"] and "¥384" in picture["alt"]
    assert not [tag for tag, _attrs in seen.tags if tag in {"script", "link", "iframe", "form"}]
    assert all(attrs.get("scope") for tag, attrs in seen.tags if tag == "th")
    assert 'lang="zh-CN"' in html
    assert not re.search(r"(?:flex|grid|background-image|data:)", html)
    text = parts_of(sent.taken[0])["text/plain"].get_content()
    read = " ".join([*seen.text, picture["alt"]])
    for line in text.splitlines():
        for figure in re.findall(r"¥[\d,.]+|\d+(?:\.\d)? %", line):
            assert figure in read, figure


def test_its_headers_name_the_list_the_machine_and_the_way_out(sent):
    [mail] = sent.taken
    run = run_of()
    assert (
        mail["Message-ID"] == f"<kpi-{run.pk}-{ReportMail.objects.get().recipient_id}@shop.example>"
    )
    assert mail["Auto-Submitted"] == "auto-generated"
    assert mail["X-Auto-Response-Suppress"] == "All"
    assert mail["List-Id"] == "日报 <daily.reports.shop.example>"
    assert re.fullmatch(r"<http\S+/reports/unsubscribe/\S+/>", mail["List-Unsubscribe"])
    assert b"\r\nList-Unsubscribe: <http" in sent.raw[0], "no encoded words: nobody would find it"
    assert mail["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert len(mail["Subject"]) <= 60
    assert mail["Subject"].startswith("[颐禾堂健康小店] 11-18 日报：")


def test_the_workbook_holds_numbers_and_their_definitions(sent):
    file = parts_of(sent.taken[0])[
        "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
    ]
    assert file.get_filename() == "KPI_2026-11-18.xlsx"
    table = read_table(file.get_content(), "KPI.xlsx")
    paid = next(row.cells for row in table.rows if row.cells[1] == "支付金额")
    assert (str(paid[0])[:10], float(paid[2])) == ("2026-11-18", 384)
    book = CalamineWorkbook.from_filelike(BytesIO(file.get_content()))
    assert book.sheet_names == ["指标", "控制指标", "口径"]
    assert not re.search(rb"ming|138000", file.get_content())


@pytest.mark.article("AN10", "B2.2.1")
def test_a_slot_and_a_day_are_sent_once_however_often_anything_runs(sent):
    for later in (0 * MINUTE, 5 * MINUTE, 60 * MINUTE):
        tick(THURSDAY + later)
        with turned_to(THURSDAY + later):
            assert open_run(the_report(), THURSDAY + later, by=cast.SYSTEM) is None
            assert resume_run(run_of().pk, by=cast.SYSTEM) is False
            compose_run(run_of(), [], True, by=cast.SYSTEM)
            await_figures(run_of(), by=cast.SYSTEM)
    assert len(sent.taken) == 1
    assert run_of().mails.count() == ReportMail.objects.count() == 1


def test_two_mails_of_a_run_to_one_person_cannot_be_written(sent):
    mail = ReportMail.objects.get()
    with pytest.raises(IntegrityError), transaction.atomic():
        mail.pk = None
        mail.save(force_insert=True)


def test_what_was_said_is_never_changed(sent):
    for walk_around in (
        lambda: ReportContent.objects.update(html="<p>¥1</p>"),
        lambda: ReportContent.objects.all().delete(),
    ):
        with pytest.raises(DatabaseError), transaction.atomic():
            walk_around()


def late_case():
    """A case of service's that ran out on Wednesday."""
    cast.staff("service_agent")
    with turned_to(WEDNESDAY - 2 * 60 * MINUTE):
        order = make_order("paid")
        matter = Matter(order.stream, "other", {"number": order.number, "reason": "other"})
        return open_item(ORDER_EXCEPTION, matter, by=cast.SYSTEM)


@pytest.mark.article("AN10", "B2.2.1")
def test_everybody_gets_what_they_may_see(postman):
    """The director sees service's late work; the analyst does not; two analysts share a mail."""
    case = late_case()
    readers = [reader(), reader("data_analyst"), reader("data_analyst", "2")]
    measure(THURSDAY - 60 * MINUTE)
    tick(THURSDAY)
    assert len(postman.taken) == 3
    assert ReportContent.objects.count() == 2
    texts = {mail["To"]: parts_of(mail)["text/plain"].get_content() for mail in postman.taken}
    assert str(case.title) in texts["director@shop.example"]
    assert str(case.title) not in texts["data_analyst@shop.example"]
    assert [len(told) for told in postman.recipients] == [1, 1, 1]
    assert {mail["To"] for mail in postman.taken} == {one.user.email for one in readers}


def test_the_reader_chooses_the_language(postman):
    one = reader()
    set_wishes(one.user, Choice(one.user.email, True, "en"), by=cast.staff("director"))
    measure(THURSDAY - 60 * MINUTE)
    tick(THURSDAY)
    assert "11-18 daily: net amount" in postman.taken[0]["Subject"]


def test_who_may_not_look_at_figures_is_not_added():
    with pytest.raises(MayNotRead):
        add_recipient(the_report(), cast.staff("warehouse").user, by=cast.staff("director"))


WALKS_AWAY = {
    "dismissed": ("left", lambda one: dismiss_staff_user(one.user, by=cast.staff("hr"))),
    "moved to another post": (
        "not_permitted",
        lambda one: one.user.groups.set([group("warehouse")]),
    ),
    "lost the posts below": ("changed", lambda one: one.user.groups.set([group("data_analyst")])),
    "paused it": (
        "paused",
        lambda one: pause_subscription(one, (THURSDAY + DAY).date(), by=cast.staff("director")),
    ),
    "was removed": (
        "ended",
        lambda one: remove_recipient(one, by=cast.staff("operations_manager")),
    ),
    "has no address": ("no_address", lambda one: type(one.user).objects.update(email="")),
}


def group(role):
    return Group.objects.get_or_create(name=role)[0]


@pytest.mark.parametrize("when", ["before it is composed", "before it is handed over"])
@pytest.mark.parametrize("what", WALKS_AWAY)
def test_rights_are_asked_when_it_is_composed_and_again_when_it_goes_out(postman, what, when):
    reason, walk_away = WALKS_AWAY[what]
    one = reader()
    measure(THURSDAY - 60 * MINUTE)
    with turned_to(THURSDAY):
        run = open_run(the_report(), THURSDAY, by=cast.SYSTEM)
        if when == "before it is handed over":
            flows.compose(run.pk, by=cast.SYSTEM)
        walk_away(one)
        run_reactions()
    if when == "before it is composed" and what in {"was removed", "lost the posts below"}:
        # No reader any more; or one who gets what the new post may see.
        assert [state for _who, state, _why in outcomes()] in ([], ["accepted"])
    else:
        assert outcomes() == [("director", "skipped", reason)]
        assert not postman.taken


@pytest.mark.article("AN10", "B2.2.1")
def test_it_waits_for_figures_and_goes_out_when_they_are_there(postman):
    reader()
    nothing_measures()
    tick(THURSDAY)
    tick(THURSDAY + 11 * MINUTE)
    assert not postman.taken
    measure(THURSDAY + 12 * MINUTE)
    tick(THURSDAY + 15 * MINUTE)
    assert not postman.taken, "it asks every ten minutes"
    tick(THURSDAY + 22 * MINUTE)
    [mail] = postman.taken
    assert "数据未齐" not in parts_of(mail)["text/plain"].get_content()
    assert run_of().is_complete


@pytest.mark.article("AN10", "B2.2.1")
def test_at_half_past_ten_it_goes_out_and_says_that_figures_are_missing(postman):
    reader()
    nothing_measures()
    for minutes in range(0, 121, 10):
        assert not postman.taken
        tick(THURSDAY + minutes * MINUTE)
    [mail] = postman.taken
    for part in ("text/plain", "text/html"):
        assert "数据未齐" in parts_of(mail)[part].get_content()
    assert "未统计" in parts_of(mail)["text/plain"].get_content()
    assert run_of().is_complete is False


@pytest.mark.fault("D14")
@pytest.mark.parametrize("hours", [3, 36])
def test_a_clock_that_was_dead_sends_one_report_not_one_per_missed_slot(postman, hours):
    reader()
    measure(THURSDAY - 60 * MINUTE)
    the_day = THURSDAY + (hours // 24) * DAY
    measure(the_day - 60 * MINUTE)
    tick(THURSDAY + hours * 60 * MINUTE)
    assert [mail["Subject"].partition("] ")[2][:5] for mail in postman.taken] == [
        f"{the_day - DAY:%m-%d}"
    ]


def test_a_test_goes_to_oneself_alone_and_takes_no_days_place(sent):
    reader("operations_manager")
    manager = cast.staff("operations_manager")
    with turned_to(THURSDAY + 60 * MINUTE):
        send_test_report(the_report(), by=manager)
        run_reactions()
    mail = sent.taken[-1]
    assert len(sent.taken) == 2
    assert mail["To"] == "operations_manager@shop.example"
    assert "［测试］" in mail["Subject"]
    assert ReportRun.objects.filter(data_on=WEDNESDAY.date()).count() == 2


@pytest.mark.fault("G14")
def test_a_line_break_in_the_shops_name_breaks_no_header(postman, settings):
    settings.SHOP_NAME = "颐禾堂\r\nBcc: all@shop.example"
    reader()
    measure(THURSDAY - 60 * MINUTE)
    tick(THURSDAY)
    assert not postman.taken
    assert outcomes() == [("director", "failed", "unsafe")]


@pytest.mark.fault("G14")
def test_each_of_many_gets_a_mail_of_their_own(postman):
    readers = [reader("department_head", str(n)) for n in range(12)]
    measure(THURSDAY - 60 * MINUTE)
    tick(THURSDAY)
    assert postman.recipients == [[one.user.email] for one in readers]
    assert all(mail["Cc"] is mail["Bcc"] is None for mail in postman.taken)
