"""Stages of orders and goods: what lies unpaid, unshipped, unheard of, or is given back."""

from datetime import timedelta

from catalog.actions import (
    approve_revision,
    discard_revision,
    expire_lot,
    quarantine_lot,
    recall_lot,
    release_lot,
    return_revision,
    revise_product,
    shelve_returned,
    ship_units,
    submit_revision,
    take_back_goods,
    take_stock,
)
from catalog.models import Lot, ProductRevision
from orders import flows
from orders.actions import (
    ScanNews,
    accept_case,
    begin_payment,
    cancel_order,
    label_parcel,
    pack_parcel,
    record_refund,
    record_scans,
    refuse_case,
    settle_payment,
    ship_parcel,
    tell_holders,
    unpack_parcel,
)
from orders.actions.shipping_info import owe_upload
from orders.events import LooksPiledUp
from orders.models import (
    PARCEL_STALLS,
    PAYMENT_REMINDER,
    REFUND_DUE,
    UPLOAD_LATE,
    Parcel,
    Refund,
)
from orders.rules import (
    DECIDE_WITHIN,
    FIRST_SCAN_WITHIN,
    PAYMENT_WINDOW,
    REMIND_BEFORE,
    TELL_WECHAT_WITHIN,
)
from shop.clock import now, turned_to
from shop.events.relay import run_reactions
from shop.identity.actors import Actor
from shop.timing.sweeper import sweep_timers
from shop.work.actions.approvals import approve, expire_approval, reject, withdraw
from shop.work.models import Approval
from tests import cast
from tests.catalog.goods import stocked
from tests.faults.staging.worlds import DAY, HOUR, Stage, World, fresh_number, said
from tests.make import (
    make_calendar,
    make_case,
    make_limits,
    make_order,
    make_product,
    make_refund,
    make_sku,
    news_for,
    pick_order,
    receipt_for,
)
from tests.orders.wechat_money import paid_at_wechat

MONTH = 30 * DAY


def lot_in_store() -> Lot:
    """A lot that is good for two hundred days, and all that came before it is carried."""
    sku = stocked((f"D2-{fresh_number()}", 5, 200))
    run_reactions()
    return sku.lots.get()


def lot_withdrawn(world: World) -> Lot:
    return quarantine_lot(lot_in_store(), "quality", by=cast.staff("warehouse"))


def lot_released(world: World) -> None:
    release_lot(lot_withdrawn(world), "复检合格", by=cast.staff("compliance_reviewer"))


def lot_recalled(world: World) -> None:
    recall_lot(lot_in_store(), "quality", by=cast.staff("compliance_reviewer"))


def lot_grown_old(world: World) -> Lot:
    with turned_to(now() - 200 * DAY - HOUR):
        return lot_in_store()


def submitted(world: World) -> ProductRevision:
    product = make_product()
    by = cast.staff("operations_specialist")
    return submit_revision(revise_product(product, by=by), by=by)


def approved(world: World) -> None:
    approve_revision(submitted(world), by=cast.staff("compliance_reviewer"))


def returned(world: World) -> ProductRevision:
    return return_revision(submitted(world), "贮藏条件不符", by=cast.staff("compliance_reviewer"))


def discarded(world: World) -> None:
    revision = returned(world)
    run_reactions()
    discard_revision(revision, by=cast.staff("operations_specialist"))


def return_shelved(world: World) -> None:
    number, hand = f"D2{fresh_number():010d}", cast.staff("warehouse")
    lot = lot_in_store()
    take_stock({lot.sku_id: 1}, number, by=cast.SYSTEM)
    ship_units(number, f"{number} P1", {lot.sku_id: 1}, by=hand)
    take_back_goods(f"{number} S1", {lot.pk: 1}, by=hand)
    shelve_returned(lot, 1, by=hand)


def lot_expired(world: World) -> None:
    expire_lot(lot_grown_old(world), by=cast.SYSTEM)


def revived(world: World) -> None:
    """Its payment comes after it was called off, and everything is still in stock."""
    order = make_order("unpaid")
    payment = begin_payment(order, by=cast.shopper())
    cancel_order(order, "timeout", by=cast.SYSTEM)
    settle_payment(receipt_for(payment), by=cast.SYSTEM)


def not_confirmed(world: World) -> None:
    """Paid a month ago, and its promise is broken now."""
    with turned_to(now() - MONTH):
        make_calendar()
        make_order("paid")
    sweep_timers()


def not_decided(world: World) -> None:
    """Money was asked back two weeks ago, and nobody answered."""
    with turned_to(now() - 2 * DECIDE_WITHIN - 14 * DAY):
        make_calendar()
        make_case(make_order("signed"))
        run_reactions()
    sweep_timers()


def reminder_due(world: World) -> None:
    with turned_to(now() - PAYMENT_WINDOW + REMIND_BEFORE):
        make_order("unpaid")
        run_reactions()


def packed() -> Parcel:
    order = make_order("confirmed", quantity=2)
    return pack_parcel(order, pick_order(order), by=cast.staff("warehouse"))


def unpacked(world: World) -> None:
    hand, parcel = cast.staff("warehouse"), packed()
    label_parcel(parcel, "SF", f"SFD2{fresh_number():010d}", by=hand)
    unpack_parcel(parcel, by=hand)


def part_shipped(world: World) -> None:
    hand, order = cast.staff("warehouse"), make_order("confirmed", quantity=2)
    one = dict.fromkeys(pick_order(order), 1)
    parcel = pack_parcel(order, one, split=True, by=hand)
    ship_parcel(parcel, "SF", f"SFD2{fresh_number():010d}", by=hand)


def parcel_moved(world: World) -> None:
    parcel = make_order("shipped").parcels.get()
    record_scans(parcel, [ScanNews(now(), "delivering", "派送中")], by=cast.SYSTEM)


def paid_and_clean(world: World) -> None:
    """Checked under limits by which the house confirms."""
    make_limits(most_orders=1_000, sample=10)
    order = make_order("unpaid")
    settle_payment(receipt_for(begin_payment(order, by=cast.shopper())), by=cast.SYSTEM)
    make_limits(most_orders=1_000)


def confirmed_yesterday(world: World) -> None:
    with turned_to(now() - DAY):
        make_limits(most_orders=1_000, sample=10)
        make_order("paid")
        make_limits(most_orders=1_000)


def holders_told(world: World) -> None:
    """Somebody has units of a lot that was recalled since."""
    order = make_order("signed", sku=stocked((f"D2-{fresh_number()}", 5, 200)))
    run_reactions()
    lot = order.lines.get().sku.lots.get()
    recall_lot(lot, "quality", by=cast.staff("compliance_reviewer"))
    run_reactions()
    tell_holders(lot, by=cast.staff("service_supervisor"))


def sold_lot_recalled(world: World) -> None:
    order = make_order("signed", sku=stocked((f"D2-{fresh_number()}", 5, 200)))
    run_reactions()
    lot = order.lines.get().sku.lots.get()
    recall_lot(lot, "quality", by=cast.staff("compliance_reviewer"))


def silent_parcel(world: World) -> None:
    with turned_to(now() - FIRST_SCAN_WITHIN - HOUR):
        make_order("shipped")
        run_reactions()


def shipping_untold(world: World) -> None:
    with turned_to(now() - TELL_WECHAT_WITHIN - HOUR):
        owe_upload(make_order("shipped").parcels.get(), by=cast.SYSTEM)
        run_reactions()


def refund_granted(world: World) -> Refund:
    """Of an order that was really paid; WeChat Pay has not been asked for it."""
    return make_refund(paid_at_wechat(world.wechat, "signed"))


def refund_asked_for(world: World) -> None:
    """Two minutes ago, and no notice came."""
    world.wechat.set_faults(drop_notices=True)
    with turned_to(now() - timedelta(minutes=2)):
        flows.send_refund(refund_granted(world), by=cast.SYSTEM)
    world.wechat.set_faults(drop_notices=False)


def second_refund_waits(world: World) -> None:
    """The one before it went an hour ago: its minute is over."""
    with turned_to(now() - HOUR):
        order = make_order("signed", sku=make_sku(price_fen=100), quantity=2)
        make_refund(order)
        make_refund(order)


def refunded(world: World) -> None:
    record_refund(news_for(make_refund(make_order("signed"))), by=cast.SYSTEM)


def refused(world: World) -> None:
    case = make_case(make_order("signed"))
    refuse_case(case, "包装完好，无质量问题", by=cast.staff("service_agent"))


def over_the_limit() -> Approval:
    """¥600 at once, by an agent who has granted nothing today."""
    cast.staff("service_supervisor")
    customer = cast.customer(f"d2-{fresh_number()}")
    order = make_order("signed", customer=customer, sku=make_sku(price_fen=20_000), quantity=3)
    agent = cast.staff("service_agent", f"d2-{fresh_number()}")
    case = accept_case(make_case(order, 3), by=agent)
    return Approval.objects.get(subject=case.stream)


def refund_approved(world: World) -> None:
    approve(over_the_limit(), by=cast.staff("service_supervisor"))


def refund_rejected(world: World) -> None:
    reject(over_the_limit(), comment="请先核实", by=cast.staff("service_supervisor"))


def refund_withdrawn(world: World) -> None:
    approval = over_the_limit()
    withdraw(approval, by=Actor.staff(approval.requested_by))


def refund_never_decided(world: World) -> None:
    approval = over_the_limit()
    with turned_to(now() + MONTH):
        expire_approval(approval.pk, by=cast.SYSTEM)


FACTS: dict[str, Stage] = {
    "catalog.RevisionSubmitted": submitted,
    "catalog.RevisionApproved": approved,
    "catalog.RevisionReturned": returned,
    "catalog.RevisionDiscarded": discarded,
    "catalog.LotQuarantined": lot_withdrawn,
    "catalog.LotReleased": lot_released,
    "catalog.LotRecalled": lot_recalled,
    "catalog.LotExpired": lot_expired,
    "catalog.ReturnShelved": return_shelved,
    "orders.CaseRefused": refused,
    "orders.HoldersTold": holders_told,
    "orders.LooksPiledUp": said(lambda n: LooksPiledUp(n, 31)),
    "orders.OrderRevived": revived,
    "orders.ParcelMoved": parcel_moved,
    "orders.ParcelUnpacked": unpacked,
    "orders.PartShipped": part_shipped,
    "orders.RefundDue": refund_granted,
    "orders.RefundSucceeded": refunded,
    "work.ApprovalWithdrawn": refund_withdrawn,
}

OF_REACTION: dict[tuple[str, str], Stage] = {
    ("orders.confirm_what_is_clean", "orders.OrderPaid"): paid_and_clean,
    ("orders.trace_recalled_lot", "catalog.LotRecalled"): sold_lot_recalled,
    ("orders.open_late_order", "timing.ClockBreached"): not_confirmed,
    ("orders.open_late_case", "timing.ClockBreached"): not_decided,
    ("orders.refund_what_was_approved", "work.ApprovalGranted"): refund_approved,
    ("orders.return_unapproved", "work.ApprovalRefused"): refund_rejected,
    ("orders.return_unapproved", "work.ApprovalExpired"): refund_never_decided,
}

TIMERS: dict[str, Stage] = {
    PARCEL_STALLS: silent_parcel,
    PAYMENT_REMINDER: reminder_due,
    REFUND_DUE: second_refund_waits,
    UPLOAD_LATE: shipping_untold,
}

TASKS: dict[str, Stage] = {
    "orders.ask_about_refunds": refund_asked_for,
    "orders.sample_confirmations": confirmed_yesterday,
}
