"""Every change in an order's life."""

from orders.actions.call_off import call_off_picking
from orders.actions.carts import put_cart_line, remove_cart_line
from orders.actions.cases import (
    open_case,
    refuse_case,
    return_unapproved_case,
    withdraw_case,
)
from orders.actions.checks import check_order, set_limits
from orders.actions.clean import confirm_clean_order, sample_confirmations
from orders.actions.fulfilment import (
    complete_order,
    confirm_order,
    open_exception,
    push_order,
    reveal_address,
    sign_order,
)
from orders.actions.parcels import (
    end_shipping,
    hand_over,
    label_parcel,
    pack_parcel,
    ship_order,
    ship_parcel,
    unpack_parcel,
)
from orders.actions.payments import (
    Receipt,
    begin_payment,
    cancel_order,
    let_payment_time_out,
    record_prepay,
    settle_payment,
)
from orders.actions.picking import end_picking, pick_as_listed
from orders.actions.placing import Basket, place_order
from orders.actions.recalls import settle_recalled, tell_holders, trace_recall
from orders.actions.refund_news import (
    RefundNews,
    give_up_refund,
    record_refund,
    report_stuck_refund,
)
from orders.actions.refunds import (
    accept_case,
    let_refund_go,
    refund_approved_case,
    refund_approved_dispute,
    refund_dispute,
)
from orders.actions.refusals import refuse_order
from orders.actions.shipping_info import (
    drop_upload,
    hear_of_receipt,
    owe_upload,
    record_receipt,
    record_upload,
    report_late_upload,
    report_stuck_upload,
)
from orders.actions.tracking import (
    ScanNews,
    put_off_question,
    record_following,
    record_scans,
    report_stalled_parcel,
    rest_parcels,
    watch_parcel,
)
from orders.actions.waves import Scan, pick, release_wave, report_short_pick
from orders.actions.waybills import (
    begin_waybill,
    record_waybill,
    record_waybill_given_back,
    record_waybill_refused,
)
from orders.actions.words import note_words

__all__ = [
    "Basket",
    "Receipt",
    "RefundNews",
    "Scan",
    "ScanNews",
    "accept_case",
    "begin_payment",
    "begin_waybill",
    "call_off_picking",
    "cancel_order",
    "check_order",
    "complete_order",
    "confirm_clean_order",
    "confirm_order",
    "drop_upload",
    "end_picking",
    "end_shipping",
    "give_up_refund",
    "hand_over",
    "hear_of_receipt",
    "label_parcel",
    "let_payment_time_out",
    "let_refund_go",
    "note_words",
    "open_case",
    "open_exception",
    "owe_upload",
    "pack_parcel",
    "pick",
    "pick_as_listed",
    "place_order",
    "push_order",
    "put_cart_line",
    "put_off_question",
    "record_following",
    "record_prepay",
    "record_receipt",
    "record_refund",
    "record_scans",
    "record_upload",
    "record_waybill",
    "record_waybill_given_back",
    "record_waybill_refused",
    "refund_approved_case",
    "refund_approved_dispute",
    "refund_dispute",
    "refuse_case",
    "refuse_order",
    "release_wave",
    "remove_cart_line",
    "report_late_upload",
    "report_short_pick",
    "report_stalled_parcel",
    "report_stuck_refund",
    "report_stuck_upload",
    "rest_parcels",
    "return_unapproved_case",
    "reveal_address",
    "sample_confirmations",
    "set_limits",
    "settle_payment",
    "settle_recalled",
    "ship_order",
    "ship_parcel",
    "sign_order",
    "tell_holders",
    "trace_recall",
    "unpack_parcel",
    "watch_parcel",
    "withdraw_case",
]
