"""upload_shipping and its actions: WeChat is told of every parcel, or people know it is not."""

from dataclasses import replace
from datetime import timedelta

import pytest

from orders import flows, rules
from orders.actions import accept_case, pack_parcel, ship_order, ship_parcel
from orders.actions.shipping_info import (
    drop_upload,
    owe_upload,
    record_upload,
    report_late_upload,
    report_stuck_upload,
)
from orders.models import Order, ShippingUpload
from orders.selectors.waves import units_at_packing
from orders.tasks import tell_wechat_again
from shop.clock import SHANGHAI, now, today, turned_to
from shop.errors import IllegalTransition
from shop.events.models import Delivery
from shop.events.relay import run_reactions
from shop.figures.registry import CONTROLS
from shop.figures.rules import Figure, is_kept
from shop.figures.selectors import control_figure
from shop.timing.sweeper import sweep_timers
from shop.work.models import WorkItem
from tests import cast
from tests.make import make_case, pick_order
from tests.orders.wechat_money import paid_at_wechat

pytestmark = pytest.mark.django_db
UPLOAD = "POST /wxa/sec/order/upload_shipping_info"


@pytest.fixture
def managed(wechat, settings):
    """The mini-program is under 订单发货管理."""
    settings.WECHAT = replace(settings.WECHAT, is_trade_managed=True)
    return wechat


@pytest.fixture
def order(managed):
    return paid_at_wechat(managed, "confirmed")


def ship(order):
    """Handed to SF, and everything that follows from it done."""
    ship_order(order, "SF", f"SF{order.pk:012d}", by=cast.staff("warehouse"))
    run_reactions()
    return order.parcels.get()


def upload_of(order):
    return ShippingUpload.objects.get(parcel__order=order)


def told_of(wechat, order):
    transaction_id = order.payments.get(status="succeeded").transaction_id
    return [told for told in wechat.shippings() if told["transaction_id"] == transaction_id]


def again(hours):
    with turned_to(now() + timedelta(hours=hours)):
        run_reactions()


def alarms(order):
    items = WorkItem.objects.filter(kind="shipping_untold", subject=order.stream)
    return {item.reason: item.status for item in items}


def test_wechat_is_told_of_the_parcel(order, managed, oracle):
    parcel = ship(order)
    [told] = told_of(managed, order)
    [line] = told["parcels"]
    assert (line["tracking_no"], line["express_company"]) == (parcel.waybill, "SF")
    assert line["contact"]["receiver_contact"] == "138****1234"
    assert told["is_whole"] is True
    assert upload_of(order).status == "done"
    assert alarms(order) == {}


def test_told_twice_it_is_one(order, managed):
    parcel = ship(order)
    before = managed.calls()[UPLOAD]
    assert flows.upload_shipping(parcel, by=cast.SYSTEM) == "done"
    assert managed.calls()[UPLOAD] == before


def test_an_answer_that_was_lost(order, managed):
    """WeChat has it, and we do not know: told again, it says so."""
    parcel = ship(order)
    ShippingUpload.objects.update(status="owed", told_at=None)
    assert flows.upload_shipping(parcel, by=cast.SYSTEM) == "done"
    assert len(told_of(managed, order)) == 1


def test_a_mini_program_outside_tells_nothing(order, managed, settings):
    settings.WECHAT = replace(settings.WECHAT, is_trade_managed=False)
    ship(order)
    assert not ShippingUpload.objects.exists()


class TestNotNow:
    def test_wechat_is_busy_and_the_lane_tries_again(self, order, managed):
        managed.set_faults(shipping_errcode=-1)
        ship(order)
        owed = Delivery.objects.get(reaction="orders.tell_wechat_of_shipping")
        assert (owed.state, upload_of(order).status) == ("pending", "owed")
        managed.clear_faults()
        again(hours=1)
        assert upload_of(order).status == "done"

    def test_the_payment_is_not_known_yet(self, order, managed):
        managed.set_faults(shipping_errcode=10060001)
        ship(order)
        assert upload_of(order).status == "owed"
        managed.clear_faults()
        again(hours=0.2)
        assert upload_of(order).status == "done"

    def test_the_payment_will_never_be_known(self, order, managed):
        managed.set_faults(shipping_errcode=10060001)
        ship(order)
        again(hours=1)
        assert (upload_of(order).status, upload_of(order).code) == ("stuck", "10060001")
        assert alarms(order) == {"unknown": "open"}

    def test_a_day_and_a_half_without_wechat_is_peoples_business(self, order, managed):
        """A4.2b: half a day before WeChat reminds."""
        managed.set_faults(shipping_errcode=-1)
        ship(order)
        for hours, open_ in ((35, {}), (37, {"late": "open"})):
            with turned_to(now() + timedelta(hours=hours)):
                sweep_timers()
            assert alarms(order) == open_
        managed.clear_faults()
        again(hours=38)
        assert alarms(order) == {"late": "closed"}


class TestRefused:
    @pytest.mark.parametrize("errcode", [10060003, 10060006, 10060031, 268485227, 48001])
    def test_what_no_repeat_mends_goes_before_people(self, order, managed, errcode):
        managed.set_faults(shipping_errcode=errcode)
        ship(order)
        assert (upload_of(order).status, upload_of(order).code) == ("stuck", str(errcode))
        assert alarms(order) == {"refused": "open"}
        assert Delivery.objects.get(reaction="orders.tell_wechat_of_shipping").state == "done"

    def test_mended_it_is_told_within_the_hour(self, order, managed):
        managed.set_faults(shipping_errcode=10060031)
        ship(order)
        tell_wechat_again(now())
        assert upload_of(order).status == "stuck"
        managed.clear_faults()
        tell_wechat_again(now())
        assert upload_of(order).status == "done"
        assert alarms(order) == {"refused": "closed"}

    def test_entered_by_hand_in_the_console(self, order, managed):
        """WeChat says that it is finished, and knows the waybill."""
        parcel = ship(order)
        ShippingUpload.objects.update(status="stuck", told_at=None, code="10060014")
        assert flows.upload_shipping(parcel, by=cast.SYSTEM) == "done"

    def test_given_back_there_is_nothing_to_tell(self, order, managed):
        order.payments.update(refund_held_fen=order.payable_fen)
        managed.set_faults(shipping_errcode=10060004)
        ship(order)
        assert (upload_of(order).status, alarms(order)) == ("moot", {})

    def test_wechat_thinks_it_was_given_back_and_we_do_not(self, order, managed):
        managed.set_faults(shipping_errcode=10060004)
        ship(order)
        assert (upload_of(order).status, alarms(order)) == ("stuck", {"refused": "open"})


class TestActions:
    @pytest.fixture
    def upload(self, order):
        ship_order(order, "SF", f"SF{order.pk:012d}", by=cast.staff("warehouse"))
        return owe_upload(order.parcels.get(), by=cast.SYSTEM)

    def test_owed_once(self, upload):
        assert owe_upload(upload.parcel, by=cast.SYSTEM).pk == upload.pk

    def test_told_is_told(self, upload):
        record_upload(upload, by=cast.SYSTEM)
        record_upload(upload, by=cast.SYSTEM)
        assert report_late_upload(upload, by=cast.SYSTEM) is False
        with pytest.raises(IllegalTransition):
            report_stuck_upload(upload, "refused", "1", by=cast.SYSTEM)

    def test_dropped_is_no_more_late(self, upload):
        drop_upload(upload, "10060004", by=cast.SYSTEM)
        assert report_late_upload(upload, by=cast.SYSTEM) is False
        assert Order.objects.get().status == "shipped"


@pytest.mark.parametrize(
    ("lines", "told"),
    [
        ([("鱼油", 2)], "鱼油×2"),
        ([("鱼油", 2), ("钙片", 1)], "鱼油×2；钙片×1"),
        ([("鱼油", 1), ("长" * 17, 1)], "鱼油×1等"),
        ([("长" * 30, 1)], "长" * 20),
    ],
)
def test_goods_in_words(lines, told):
    assert rules.goods_in_words(lines, 20) == told


class TestSplit:
    """Several parcels: each told by itself, the last as the end."""

    @pytest.fixture
    def order(self, managed):
        order = paid_at_wechat(managed, "confirmed", quantity=3)
        pick_order(order)
        return order

    def part(self, order, units, waybill):
        hand, [key] = cast.staff("warehouse"), units_at_packing(order)
        parcel = pack_parcel(order, {key: units}, split=True, by=hand)
        ship_parcel(parcel, "ZTO", waybill, by=hand)

    def test_the_right_number_of_parcels(self, order, managed, oracle):
        self.part(order, 1, "78000000000001")
        run_reactions()
        [told] = told_of(managed, order)
        assert (told["mode"], told["is_whole"], len(told["parcels"])) == (2, False, 1)
        self.part(order, 2, "78000000000002")
        run_reactions()
        [told] = told_of(managed, order)
        assert (told["is_whole"], len(told["parcels"]), told["uploads"]) == (True, 2, 2)
        assert told["parcels"][1]["item_desc"].endswith("×2")

    def test_the_one_that_was_stuck_is_the_end(self, order, managed):
        managed.set_faults(shipping_errcode=10060031)
        self.part(order, 1, "78000000000001")
        run_reactions()
        managed.clear_faults()
        self.part(order, 2, "78000000000002")
        run_reactions()
        [told] = told_of(managed, order)
        assert (told["is_whole"], len(told["parcels"])) == (False, 1)
        with turned_to(now() + timedelta(minutes=1)):
            tell_wechat_again(now())
        [told] = told_of(managed, order)
        assert (told["is_whole"], len(told["parcels"])) == (True, 2)

    def test_the_rest_is_given_back_and_wechat_hears_that_this_was_all(self, order, managed):
        self.part(order, 1, "78000000000001")
        run_reactions()
        accept_case(make_case(order, 2), by=cast.staff("service_supervisor"))
        order.refresh_from_db()
        assert order.status == "shipped"
        [told] = told_of(managed, order)
        assert told["is_whole"] is False, "the lane has not run yet"
        run_reactions()
        [told] = told_of(managed, order)
        assert (told["is_whole"], len(told["parcels"])) == (True, 1)
        assert flows.end_shipping(order.parcels.get(), by=cast.SYSTEM) == "done"
        assert alarms(order) == {}


WECHAT_KNOWS = CONTROLS["OR2.wechat"]


class TestControl:
    """Whether WeChat's duty is fulfilled, in figures."""

    def seen(self, upload):
        due = upload.owed_since + rules.TELL_WECHAT_WITHIN
        day = due.astimezone(SHANGHAI).date()
        with turned_to(due + timedelta(days=1)):
            figure = control_figure(WECHAT_KNOWS, day, day)
            return figure, list(WECHAT_KNOWS.cases(day, day))

    def test_without_a_case_there_is_no_verdict(self):
        assert is_kept(control_figure(WECHAT_KNOWS, today(), today()), 9_900) is None

    @pytest.mark.article("OR2", "A4.2b")
    def test_told_it_is_kept(self, order):
        ship(order)
        assert self.seen(upload_of(order)) == (Figure(1, 1), [])

    @pytest.mark.control("OR2")
    @pytest.mark.article("OR2", "A4.2b")
    @pytest.mark.parametrize("errcode", [-1, 10060031], ids=["away for days", "refused"])
    def test_untold_it_falls_and_names_the_parcel(self, order, managed, errcode):
        managed.set_faults(shipping_errcode=errcode)
        parcel = ship(order)
        figure, cases = self.seen(upload_of(order))
        assert (figure, cases) == (Figure(0, 1), [parcel])
        assert is_kept(figure, WECHAT_KNOWS.target_bp) is False

    @pytest.mark.control("OR2")
    @pytest.mark.article("OR2", "A4.2b")
    def test_told_too_late_it_falls_all_the_same(self, order, managed):
        managed.set_faults(shipping_errcode=10060031)
        parcel = ship(order)
        managed.clear_faults()
        with turned_to(now() + rules.TELL_WECHAT_WITHIN + timedelta(minutes=1)):
            record_upload(upload_of(order), by=cast.SYSTEM)
        assert self.seen(upload_of(order)) == (Figure(0, 1), [parcel])

    def test_what_was_given_back_in_full_is_no_breach(self, order, managed):
        managed.set_faults(shipping_errcode=10060031)
        ship(order)
        drop_upload(upload_of(order), "10060004", by=cast.SYSTEM)
        assert self.seen(upload_of(order)) == (Figure(1, 1), [])
