"""A small shop with a case of everything that an invariant looks at, and nothing wrong."""

from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import psycopg
from django.db import connection
from django.test import Client

from analytics.actions import compose_run, establish_report, open_run
from analytics.actions.runs import Letter
from catalog.actions import (
    Evidence,
    allot,
    ask_price_change,
    close_delisting,
    confirm_channel,
    move_picked,
    propose_disposal,
    quarantine_lot,
    receive_stock,
    request_delisting,
    schedule_price_change,
    witness_disposal,
)
from catalog.desk.imports import PRICES
from catalog.kinds import LISTING_AUDIT
from catalog.models import Delisting, Lot, PriceChange, Sku
from orders.actions import (
    ScanNews,
    begin_payment,
    cancel_order,
    hand_over,
    label_parcel,
    pack_parcel,
    pick_as_listed,
    record_refund,
    record_scans,
    release_wave,
    settle_payment,
)
from orders.models import Order, Payment
from orders.selectors.waves import units_at_packing
from shop.books.accounts import PREPAID, WECHAT_PAY
from shop.books.actions import post_journal
from shop.books.rules import credit, debit
from shop.clock import now, today, turned_to
from shop.doors.imports.applying import IMPORT
from shop.events.models import Delivery
from shop.events.relay import run_reactions
from shop.forms.actions.forms import (
    Draft,
    edit_form,
    establish_form,
    publish_form,
    revise_form,
)
from shop.forms.actions.sheets import save_answer, start_sheet, submit_sheet
from shop.forms.kinds import Terms
from shop.forms.models import Sheet
from shop.forms.rules import Given
from shop.identity.actions import AddressText, save_address
from shop.identity.models import Customer
from shop.invariants import Call
from shop.papers.actions import PaperFacts, file_paper
from shop.papers.kinds import FOOD_LICENCE
from shop.papers.models import Paper
from shop.records.models import StoredFile
from shop.records.sealer import Sealer
from shop.rights.actions import request_erasure
from shop.rights.rules import COOLING
from shop.timing.actions.clocks import start_clock
from shop.timing.actions.jobs import establish_jobs
from shop.timing.sweeper import sweep_timers
from shop.vendors.wechat.simulator.notices import sealed_notice
from shop.work.actions.approvals import approve, request_approval, use_approval
from shop.work.actions.jobs import keep_job_file, start_job
from shop.work.kinds import BIG_EXPORT
from shop.work.models import Approval, Job
from tests import cast
from tests.api.conftest import device_of
from tests.catalog.goods import facts
from tests.catalog.prices import proposal
from tests.faults.history import History
from tests.make import (
    make_address,
    make_calendar,
    make_limits,
    make_order,
    make_picture,
    make_refund,
    make_sku,
    news_for,
    receipt_for,
)
from tests.pictures import picture
from tests.timing.belfry import arm
from tests.wechat import API_V3_KEY, APPID, MCHID, PUBLIC_KEY_ID

BOOKED, SPECIALIST = "tests.oracle", "operations_specialist"
YESTERDAY = timedelta(days=1)


@dataclass
class Stage:
    """What a planting may corrupt, and the evidence that fits the rows as they are."""

    sku: Sku
    completed: Order
    cancelled: Order
    unpaid: Order
    noticed: Order
    carried_out: Approval
    asked: Approval
    picture: StoredFile
    disputed: Order
    refunded: Order
    under_way: Order
    erased: Customer
    handed_over: Order
    in_a_wave: Order
    long_work: Job
    calls: list[Call]
    lines: list[str] = field(default_factory=lambda: ["GET /api/v1/home/ 200 in 12 ms"])
    trades: list[dict] = field(default_factory=list)
    sessions: ExitStack = field(default_factory=ExitStack)
    unfinished: Job | None = None
    licence: Paper | None = None
    audited: Sheet | None = None
    being_filled_in: Sheet | None = None
    repriced: PriceChange | None = None
    to_be_repriced: PriceChange | None = None
    off_sale: Delisting | None = None
    gone: Delisting | None = None

    @property
    def evidence(self):
        return {"trades": self.trades, "calls": self.calls, "lines": self.lines}

    def session(self):
        """Another connection to the same database."""
        known = connection.settings_dict
        return self.sessions.enter_context(
            psycopg.connect(
                host=known["HOST"], port=known["PORT"], dbname=known["NAME"],
                user=known["USER"], password=known["PASSWORD"], autocommit=True,
            )
        )  # fmt: skip


def set_up(keys, history: History) -> Stage:
    sku = make_sku(stock=50)
    receive_stock(sku, 5, "GR-again", by=cast.staff("warehouse"))
    goods_by_lot(sku)
    let_a_bell_toll_twice()
    timed_out = let_a_window_end(sku)
    start_clock("tests.promise", "order:1", make_calendar(), timedelta(hours=4), by=cast.SYSTEM)
    stage = Stage(
        sku=sku,
        completed=make_order("completed", sku=sku, customer=somebody_else()),
        cancelled=timed_out,
        unpaid=order_over_http(sku, history),
        noticed=pay_by_notice(make_order("unpaid", sku=sku), keys),
        carried_out=carry_out_an_export(),
        asked=ask_for_an_export({"persons": 3_000}),
        picture=make_picture(),
        disputed=paid_twice(sku),
        refunded=given_back(sku),
        under_way=scanned_once(sku),
        erased=erase_somebody(),
        handed_over=hand_over_a_parcel(sku),
        in_a_wave=release_one(sku),
        long_work=import_a_table(),
        calls=history.calls,
    )
    begin_payment(stage.unpaid, by=cast.shopper())
    book_a_payment()
    write_a_report()
    stage.repriced, stage.to_be_repriced = lower_a_price(), lower_a_price(later=timedelta(days=3))
    stage.off_sale = take_off_sale()
    stage.gone = close_delisting(take_off_sale(), "先小批试销，再谈年度协议。",
                                 by=cast.staff("operations_manager"))  # fmt: skip
    run_reactions()
    stage.licence = file_a_licence()
    stage.audited, stage.being_filled_in = audit_a_product(sku), begin_a_timed_sheet(sku)
    stage.unfinished = leave_an_import_waiting()
    destroy_goods(sku)
    hold_an_order(sku)
    Sealer().seal()
    connection.check_constraints()  # so that what is planted later is not judged by a commit
    stage.trades = [trade_of(payment) for payment in Payment.objects.order_by("pk")]
    return stage


def goods_by_lot(sku):
    """A dated lot of which all orders are served, some of it allotted and picked; one set aside."""
    by = cast.staff("warehouse")
    for code, units in (("dated", 30), ("set-aside", 4)):
        receive_stock(sku, units, f"GR-{code}", lot=facts(code), by=by)
    quarantine_lot(Lot.objects.get(code="set-aside"), "quality", by=by)
    [one] = allot("waiting", {sku.pk: 3}, by=by)
    move_picked("waiting", {(sku.pk, one.lot_id): 1}, by=by)


def destroy_goods(sku):
    lot = sku.lots.get(code="set-aside")
    seen = Evidence("销毁.jpg", picture())
    disposal = propose_disposal(lot, 1, "crushed", seen, by=cast.staff("warehouse"))
    witness_disposal(disposal, by=cast.staff("compliance_reviewer"))


def hold_an_order(sku):
    """The last one: the limits hold whatever is paid from now on."""
    make_limits(most_fen=1)
    make_order("paid", sku=sku, customer=cast.customer("held"))


def write_a_report():
    """Due this morning, to one reader who has no address."""
    establish_jobs(by=cast.SYSTEM)
    run = open_run(establish_report(by=cast.SYSTEM), now(), by=cast.SYSTEM)
    reader = Letter(cast.staff("director").user, None, "no_address")
    compose_run(run, [reader], True, by=cast.SYSTEM)


def import_a_table() -> Job:
    """Of two prices one is refused; the relay does it later."""
    by = cast.staff("operations_manager")
    table = keep_job_file("价格.csv", "SKU,list price\nXX,1\nYY,十\n".encode(), by=by)
    payload = {"importer": PRICES.code, "name": "prices"}
    return start_job(IMPORT, payload, source=table, by=by)


def leave_an_import_waiting() -> Job:
    """The relay has put it off."""
    job = import_a_table()
    later = now() + timedelta(hours=1)
    Delivery.objects.filter(stream=job.stream, state="pending").update(due_at=later)
    return job


def audit_a_product(sku) -> Sheet:
    """All right but for its shelf, handed in and marked."""
    by = cast.staff("operations_specialist")
    sheet = start_sheet(establish_form(LISTING_AUDIT, by=cast.SYSTEM), of_product(sku), by=by)
    for question in sheet.asked[:-1]:
        said = "no" if question == "shelf" else "yes"
        save_answer(sheet, question, Given(said), by=by)
    return submit_sheet(sheet, by=by)


def begin_a_timed_sheet(sku) -> Sheet:
    """The next version of the checklist has to be done within half an hour."""
    boss, by = cast.staff("operations_manager"), cast.staff("operations_specialist", "2")
    draft = revise_form(establish_form(LISTING_AUDIT, by=cast.SYSTEM), by=boss)
    draft = edit_form(draft, Draft(draft.asks, Terms(minutes=30)), 0, by=boss)
    return start_sheet(publish_form(draft, by=boss), of_product(sku), by=by)


def of_product(sku) -> str:
    return f"product:{sku.product_id}"


def lower_a_price(later: timedelta | None = None) -> PriceChange:
    """Approved, and in effect unless its day is `later`."""
    with turned_to(now() - timedelta(days=30)):
        sku = make_sku(stock=0)
    at = now() + later if later else None
    change = ask_price_change(sku, proposal(effective_at=at), by=cast.staff(SPECIALIST))
    approve(Approval.objects.get(subject=change.subject), by=cast.staff("operations_manager"))
    return schedule_price_change(change, by=cast.SYSTEM)


def take_off_sale() -> Delisting:
    """A product of which nothing is left, gone from every channel."""
    product = make_sku(stock=0).product
    by = cast.staff("operations_specialist")
    delisting = request_delisting(product, "slow", "九十天只卖出一瓶", by=by)
    for check in delisting.checks.all():
        confirm_channel(check, "已无此商品", by=cast.staff("technical_lead"))
    return delisting


def file_a_licence() -> Paper:
    facts = PaperFacts("JY1", "市场监督管理局", today(), today() + timedelta(days=400))
    return file_paper(FOOD_LICENCE, facts, by=cast.staff("compliance_reviewer"))


HUAS_PHONE = "13911112222"  # no canary: a planting may write it where it does not belong


def somebody_else():
    hua = cast.customer("hua")
    text = AddressText("华", HUAS_PHONE, "浙江省", "杭州市", "西湖区", "龙井路 1 号")
    save_address(hua, text, by=cast.shopper("hua"))
    return hua


def paid_twice(sku) -> Order:
    order = make_order("paid", sku=sku, customer=cast.customer("hua"))
    second = receipt_for(order.payments.get(), transaction_id="4200001234202611221234567899")
    settle_payment(second, by=cast.SYSTEM)
    return order


def given_back(sku) -> Order:
    order = make_order("signed", sku=sku, customer=cast.customer("hua"))
    refund = make_refund(order)
    record_refund(news_for(refund), by=cast.SYSTEM)
    return order


def scanned_once(sku) -> Order:
    order = make_order("shipped", sku=sku, customer=cast.customer("hua"))
    scans = [ScanNews(now(), "collected", "已揽收", "山东威海")]
    record_scans(order.parcels.get(), scans, by=cast.SYSTEM)
    return order


def hand_over_a_parcel(sku) -> Order:
    order, hand = (
        make_order("confirmed", sku=sku, customer=somebody_else()),
        cast.staff("warehouse"),
    )
    pick_as_listed(release_wave([order], by=hand).tasks.get(), by=hand)
    parcel = pack_parcel(order, units_at_packing(order), by=hand)
    label_parcel(parcel, "SF", "SF00112233", by=hand)
    hand_over("SF", [parcel], counted=1, by=hand)
    return order


def release_one(sku) -> Order:
    order = make_order("confirmed", sku=sku, customer=somebody_else())
    release_wave([order], by=cast.staff("warehouse"))
    return order


def book_a_payment():
    party = cast.customer().party_id
    lines = [debit(WECHAT_PAY.code, 12_800), credit(PREPAID.code, 12_800, party)]
    post_journal(BOOKED, "payment:1", lines, by=cast.SYSTEM)


def ask_for_an_export(payload) -> Approval:
    asker = cast.staff("data_analyst")
    return request_approval(
        BIG_EXPORT, "list:customers", payload, version=0, reason="count them", by=asker
    )


def carry_out_an_export() -> Approval:
    payload = {"persons": 2_000}
    approve(ask_for_an_export(payload), by=cast.staff("director"))
    return use_approval(
        BIG_EXPORT, "list:customers", payload, version=0, by=cast.staff("data_analyst")
    )


def let_a_bell_toll_twice():
    begun = now() - YESTERDAY
    with turned_to(begun):
        arm("bell:1", {1: timedelta(minutes=1), 2: timedelta(hours=1)})
    for later in (timedelta(minutes=2), timedelta(hours=2)):
        with turned_to(begun + later):
            sweep_timers()


def let_a_window_end(sku) -> Order:
    begun = now() - YESTERDAY
    with turned_to(begun):
        order = make_order("unpaid", sku=sku)
        begin_payment(order, by=cast.shopper())
        run_reactions()
    with turned_to(begun + timedelta(minutes=31)):
        sweep_timers()
        cancel_order(order, "timeout", by=cast.SYSTEM)
        run_reactions()
    order.refresh_from_db()
    return order


def erase_somebody() -> Customer:
    left = cast.customer("gone")
    with turned_to(now() - COOLING - YESTERDAY):
        request_erasure(left, by=cast.shopper("gone"))
    sweep_timers()
    return left


def order_over_http(sku, history) -> Order:
    device, address = device_of("ming"), make_address(cast.customer())
    body = {
        "address": address.pk,
        "payable_fen": 12_800,
        "lines": [{"sku": sku.pk, "quantity": 1}],
    }
    path = "/api/v1/orders/"
    answer = history.post(
        lambda headers: device.post(path, body, format="json", headers=headers), path
    )
    return Order.objects.get(number=answer.json()["number"])


def pay_by_notice(order, keys) -> Order:
    payment = begin_payment(order, by=cast.shopper())
    said = {
        "appid": APPID,
        "mchid": MCHID,
        "out_trade_no": payment.out_trade_no,
        "transaction_id": "4200001234202611221234567890",
        "trade_type": "JSAPI",
        "trade_state": "SUCCESS",
        "bank_type": "OTHERS",
        "success_time": "2026-11-22T12:00:00+08:00",
        "payer": {"openid": order.customer.openid},
        "amount": {"total": payment.amount_fen, "currency": "CNY"},
    }
    raw, headers = sealed_notice(
        said, at=datetime.now(UTC), key=keys.platform, serial=PUBLIC_KEY_ID, api_v3_key=API_V3_KEY
    )
    answer = Client().post(
        "/hooks/wechatpay/", raw, content_type="application/json", headers=headers
    )
    assert answer.status_code == 204
    run_reactions()
    order.refresh_from_db()
    return order


def trade_of(payment) -> dict:
    """The payment as it would stand in WeChat Pay's books."""
    succeeded = payment.status == "succeeded"
    return {
        "out_trade_no": payment.out_trade_no,
        "state": "SUCCESS" if succeeded else "NOTPAY",
        "transaction_id": payment.transaction_id or "",
        "total": payment.amount_fen,
        "success_time": "2026-11-20T12:00:00+08:00" if succeeded else "",
        "refunds": [
            {
                "out_refund_no": refund.out_refund_no,
                "refund_id": refund.refund_id,
                "state": "SUCCESS",
                "amount": refund.amount_fen,
                "success_time": "2026-11-20T12:00:00+08:00",
            }
            for refund in payment.refunds.all()
        ],
    }
