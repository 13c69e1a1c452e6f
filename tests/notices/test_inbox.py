"""The inbox: one's own alone, read once, counted on every page; the log and its button."""

import pytest

from orders.notices import PAYMENT_DISPUTED
from shop.errors import NotAllowed
from shop.events.relay import run_reactions
from shop.notices.actions.inbox import read_all_notices, read_notice
from shop.notices.actions.raising import Fact, send_notice
from shop.notices.errors import NotYourNotice
from shop.notices.models import Notice
from shop.notices.selectors import unread_count
from tests import cast
from tests.doors.conftest import desk_of
from tests.make import make_order
from tests.notices.cases import sending

pytestmark = pytest.mark.django_db


@pytest.fixture
def order():
    return make_order("unpaid")


def dispute(order, number=1):
    """Finance is told of money that does not fit."""
    cast.staff("finance")
    fact = Fact(order.stream, {"fields": ["amount_fen"]}, key=f"{order.stream}#{number}")
    [notice] = send_notice(PAYMENT_DISPUTED, "finance", fact, by=cast.SYSTEM)
    return notice


def test_reading_takes_it_out_of_the_count_once(order):
    notice, finance = dispute(order), cast.staff("finance")
    assert unread_count(finance) == 1
    read = read_notice(notice, by=finance)
    assert read.read_at
    assert read_notice(notice, by=finance).read_at == read.read_at
    assert unread_count(finance) == 0


def test_nobody_reads_what_is_for_others(order):
    notice = dispute(order)
    for actor in (cast.staff("technical_lead"), cast.SYSTEM):
        with pytest.raises(NotYourNotice):
            read_notice(notice, by=actor)
    with pytest.raises(NotYourNotice):
        read_all_notices(cast.staff("finance").user, by=cast.staff("technical_lead"))
    with pytest.raises(NotAllowed):
        read_notice(notice, by=cast.shopper())
    assert unread_count(cast.staff("finance")) == 1


def test_everything_at_once_is_ones_own_everything(order):
    for number in (1, 2, 3):
        dispute(order, number)
    send_notice(
        PAYMENT_DISPUTED,
        cast.staff("director").user,
        Fact(order.stream, {"fields": []}),
        by=cast.SYSTEM,
    )
    finance = cast.staff("finance")
    assert read_all_notices(finance.user, by=finance) == 3
    assert read_all_notices(finance.user, by=finance) == 0
    assert unread_count(cast.staff("director")) == 1


def test_the_page_shows_words_link_and_count_and_the_bell_is_everywhere(order):
    dispute(order)
    client = desk_of("finance")
    page = client.get("/admin/desk/notices/").content.decode()
    assert f"支付异常：订单 {order.number}" in page
    assert f"/admin/orders/order/{order.pk}/change/" in page
    assert "金额" in page
    for path in ("/admin/", "/admin/orders/order/", f"/admin/orders/order/{order.pk}/change/"):
        assert "data-unread>1</b>" in client.get(path).content.decode(), path


def test_the_bell_answers_304_until_the_number_moves(order):
    client = desk_of("finance")
    first = client.get("/admin/desk/bell/")
    assert first.json() == {"unread": 0}
    known = {"HTTP_IF_NONE_MATCH": first["ETag"]}
    assert client.get("/admin/desk/bell/", **known).status_code == 304
    dispute(order)
    assert client.get("/admin/desk/bell/", **known).json() == {"unread": 1}


def test_the_rows_answer_304_until_somebody_reads(order):
    notice, client = dispute(order), desk_of("finance")
    first = client.get("/admin/desk/notices/rows/")
    known = {"HTTP_IF_NONE_MATCH": first["ETag"]}
    assert client.get("/admin/desk/notices/rows/", **known).status_code == 304
    pressed = client.post(
        f"/admin/desk/act/notices.read_notice/{notice.pk}/", HTTP_ACCEPT="application/json"
    )
    assert pressed.status_code == 200
    moved = client.get("/admin/desk/notices/rows/", **known)
    assert 'data-count="0"' in moved.content.decode()


def test_a_poll_without_news_costs_the_same_however_many_notices(
    order, django_assert_max_num_queries
):
    client = desk_of("finance")
    for waiting in (1, 12):
        for number in range(waiting):
            dispute_once(order, number)
        known = {"HTTP_IF_NONE_MATCH": client.get("/admin/desk/notices/rows/")["ETag"]}
        with django_assert_max_num_queries(9):  # session, user, device, rights; count and keys
            assert client.get("/admin/desk/notices/rows/", **known).status_code == 304


def dispute_once(order, number):
    if not Notice.objects.filter(key=f"{order.stream}#{number}").exists():
        dispute(order, number)


def test_another_persons_notice_is_not_found(order):
    notice = dispute(order)
    pressed = desk_of("warehouse").post(f"/admin/desk/act/notices.read_notice/{notice.pk}/")
    assert pressed.status_code == 404


def test_all_read_by_one_press(order):
    dispute(order)
    client = desk_of("finance")
    assert client.get("/admin/desk/notices/all-read/").status_code == 405
    assert client.post("/admin/desk/notices/all-read/").status_code == 302
    assert unread_count(cast.staff("finance")) == 0


def test_without_a_session_nothing_is_told(client):
    assert client.get("/admin/desk/bell/").status_code == 401
    assert client.get("/admin/desk/notices/rows/").status_code == 401
    assert client.get("/admin/desk/notices/").status_code == 302
    assert client.post("/admin/desk/notices/all-read/").status_code == 302


class TestPreferencesPage:
    def test_what_is_typed_is_kept(self):
        client = desk_of("finance")
        typed = {
            "email": "caiwu@shop.example",
            "mail": "on",
            "language": "en",
            "quiet_begins": "22:00",
            "quiet_ends": "07:00",
        }
        assert client.post("/admin/desk/notices/preferences/", typed).status_code == 302
        page = client.get("/admin/desk/notices/preferences/").content.decode()
        assert "caiwu@shop.example" in page
        assert 'value="22:00"' in page

    def test_a_refusal_stands_beside_its_field(self):
        client = desk_of("finance")
        typed = {"email": "no address", "language": "zh-hans", "quiet_begins": "22:00"}
        refused = client.post("/admin/desk/notices/preferences/", typed)
        assert refused.status_code == 400
        assert "勿扰时段要有起止时间" in refused.content.decode()


class TestLog:
    def log(self, role, path=""):
        return desk_of(role).get(f"/admin/notices/notice/{path}")

    def test_it_says_who_was_told_what_by_which_channel_and_why_not(self, order):
        notice = dispute(order)
        listed = self.log("technical_lead").content.decode()
        assert "支付异常" in listed
        assert "未登记邮箱" in listed
        page = self.log("technical_lead", f"{notice.pk}/change/").content.decode()
        assert f"支付异常：订单 {order.number}" in page
        assert "标为已读" not in page, "it is not theirs to read"

    def test_it_is_filtered_by_outcome_and_kind(self, order):
        dispute(order)
        found = self.log("technical_lead", "?outcome=refused&kind=orders.payment_disputed")
        none = self.log("technical_lead", "?outcome=failed")
        listed = [page.content.decode().replace("例如 order:123", "") for page in (found, none)]
        assert [f"order:{order.pk}" in text for text in listed] == [True, False]

    def test_addresses_are_masked(self, order, postman):
        user = cast.staff("finance").user
        user.email = "caiwu@shop.example"
        user.save()
        postman.refuses = "550 no"
        notice = dispute(order)
        run_reactions()
        page = self.log("technical_lead", f"{notice.pk}/change/").content.decode()
        assert "ca***@shop.example" in page
        assert "caiwu@shop.example" not in page
        assert "notices.resend_notice" in page
        assert (
            "notices.resend_notice"
            not in self.log("director", f"{notice.pk}/change/").content.decode()
        )
        pressed = desk_of("technical_lead").post(
            f"/admin/desk/act/notices.resend_notice/{sending('mail').pk}/"
        )
        assert pressed.status_code == 302
        assert sending("mail").status == "queued"

    def test_the_others_have_no_log(self, order):
        assert self.log("warehouse").status_code == 403


def test_a_kind_that_is_told_no_more_still_has_its_row(order):
    notice = dispute(order)
    Notice.objects.filter(pk=notice.pk).update(kind="gone.kind")
    for role, path in (("finance", "desk/notices/"), ("technical_lead", "notices/notice/")):
        assert "gone.kind" in desk_of(role).get(f"/admin/{path}").content.decode()


def test_it_is_read_in_the_readers_language(order):
    dispute(order)
    client = desk_of("finance")
    client.post("/i18n/setlang/", {"language": "en"})
    page = client.get("/admin/desk/notices/").content.decode()
    assert f"Payment disputed: order {order.number}" in page
