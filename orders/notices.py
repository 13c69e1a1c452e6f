"""What the orders tell: customers of their order, finance of money that does not fit."""

from datetime import datetime
from typing import Any

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from orders.models import (
    RECALL_NOTICE,
    SCAN_NOTICES,
    SHIPPED_NOTICE,
    AfterSalesCase,
    Order,
    Parcel,
    ParcelTrack,
    RecalledGoods,
    Refund,
    TrackState,
)
from orders.rules import PAYMENT_WINDOW
from shop.books.money import yuan
from shop.clock import SHANGHAI
from shop.errors import Text
from shop.notices.kinds import (
    REMINDERS,
    Audience,
    Channel,
    Figures,
    NoticeKind,
    Template,
    register_kind,
)
from shop.notices.models import Notice
from shop.notices.notices import STAFF_CHANNELS

ORDER_PAGE = "pages/order/index?number=%(number)s"
DIFFERENCES = {
    "amount_fen": _("amount"),
    "currency": _("currency"),
    "payer_openid": _("payer"),
    "order_status": _("state of the order"),
    "stock": _("no longer in stock"),
    "refunded": _("given back already"),
}
"""Field of a payment notice that does not fit → how finance calls it."""


def order_of(notice: Notice) -> Order:
    return Order.objects.get(pk=notice.subject_id)


def of_order(notice: Notice) -> dict[str, Any]:
    """What any notice of an order may say; the first line stands for all of them."""
    order = order_of(notice)
    return {
        "number": order.number,
        "amount": yuan(order.payable_fen),
        "goods": order.lines.all()[0].title,
        "placed": _wall(order.placed_at),
        "paid": _wall(order.paid_at),
        "until": _wall(order.placed_at + PAYMENT_WINDOW),
        "state": order.get_status_display(),
    }


def _wall(at: datetime | None) -> str:
    return f"{at.astimezone(SHANGHAI):%Y-%m-%d %H:%M}" if at else "—"


def of_parcel(notice: Notice) -> Figures:
    parcel = Parcel.objects.get(pk=notice.figures["parcel_id"])
    carrier = parcel.get_carrier_display()
    return {**of_order(notice), "carrier": carrier, "waybill": parcel.waybill}


def of_scan(notice: Notice) -> Figures:
    return {**of_parcel(notice), "scanned": _wall(_track_of(notice).latest_at)}


def is_still_so(notice: Notice) -> bool:
    """What a later scan has overtaken is not told any more."""
    return bool(_track_of(notice).state == notice.figures["state"])


def _track_of(notice: Notice) -> ParcelTrack:
    return ParcelTrack.objects.get(pk=notice.figures["parcel_id"])


def of_recall(notice: Notice) -> Figures:
    row = RecalledGoods.objects.select_related("lot__sku").get(pk=notice.figures["recalled_id"])
    line = row.order.lines.get(sku=row.lot.sku_id)
    return {**of_order(notice), "goods": line.title, "lot": row.lot.code, "units": row.units}


def is_unsettled(notice: Notice) -> bool:
    return RecalledGoods.objects.open().filter(pk=notice.figures["recalled_id"]).exists()


def of_refund(notice: Notice) -> Figures:
    refund = Refund.objects.get(pk=notice.figures["refund_id"])
    return {**of_order(notice), "back": yuan(refund.amount_fen), "when": _wall(refund.succeeded_at)}


def of_case(notice: Notice) -> Figures:
    case = AfterSalesCase.objects.get(pk=notice.figures["case_id"])
    return {**of_order(notice), "case": case.number, "answer": case.answer}


def of_dispute(notice: Notice) -> Figures:
    differing = [str(DIFFERENCES.get(name, name)) for name in notice.figures["fields"]]
    return {**of_order(notice), "fields": gettext(", ").join(differing)}


def is_unpaid(notice: Notice) -> bool:
    return order_of(notice).status == Order.Status.UNPAID


def is_cancelled(notice: Notice) -> bool:
    return order_of(notice).status == Order.Status.CANCELLED


ORDER_PAID = register_kind(
    NoticeKind(
        code="orders.order_paid",
        label=_("order paid"),
        article="A4.2a",
        audience=Audience.CUSTOMER,
        channels=(Channel.WECHAT,),
        subject=_("Order %(number)s is paid"),
        body=_("We have received %(amount)s for %(goods)s and are preparing the parcel."),
        look_up=of_order,
        model="orders.Order",
        is_urgent=True,
        template=Template(
            "order_paid",
            {
                "character_string1": "number",
                "thing2": "goods",
                "amount3": "amount",
                "time4": "paid",
            },
            ORDER_PAGE,
        ),
    )
)

ORDER_SHIPPED = register_kind(
    NoticeKind(
        code=SHIPPED_NOTICE,
        label=_("order shipped"),
        article="A4.2b",
        audience=Audience.CUSTOMER,
        channels=(Channel.WECHAT,),
        subject=_("Order %(number)s is on its way"),
        body=_("%(goods)s left with %(carrier)s, waybill %(waybill)s."),
        look_up=of_parcel,
        model="orders.Order",
        template=Template(
            "order_shipped",
            {
                "character_string1": "number",
                "thing2": "goods",
                "thing3": "carrier",
                "character_string4": "waybill",
            },
            ORDER_PAGE,
        ),
    )
)

SCAN_TEMPLATE = {
    "character_string1": "number",
    "thing2": "goods",
    "thing3": "carrier",
    "character_string4": "waybill",
    "time5": "scanned",
}


def _of_scans(state: TrackState, label: Text, subject: Text, body: Text) -> NoticeKind:
    """The kind of notice of one state that a carrier's scan brings a parcel into."""
    return register_kind(
        NoticeKind(
            code=SCAN_NOTICES[state],
            label=label,
            article="A4.2c",
            audience=Audience.CUSTOMER,
            channels=(Channel.WECHAT,),
            subject=subject,
            body=body,
            look_up=of_scan,
            model="orders.Order",
            template=Template(SCAN_NOTICES[state].partition(".")[2], SCAN_TEMPLATE, ORDER_PAGE),
            still_matters=is_still_so,
        )
    )


OF_SCANS = {
    TrackState.DELIVERING: _of_scans(
        TrackState.DELIVERING,
        _("parcel out for delivery"),
        _("Order %(number)s arrives today"),
        _("%(goods)s is out for delivery with %(carrier)s, waybill %(waybill)s."),
    ),
    TrackState.SIGNED: _of_scans(
        TrackState.SIGNED,
        _("parcel signed for"),
        _("Order %(number)s was signed for"),
        _("%(carrier)s handed %(goods)s over, waybill %(waybill)s. Not you? Tell us at once."),
    ),
    TrackState.TROUBLE: _of_scans(
        TrackState.TROUBLE,
        _("delivery that failed"),
        _("Order %(number)s could not be delivered"),
        _("%(carrier)s could not hand %(goods)s over, waybill %(waybill)s. We see to it."),
    ),
}
"""The scans that matter to whoever waits (A4.2c)."""

LOT_RECALLED = register_kind(
    NoticeKind(
        code=RECALL_NOTICE,
        label=_("recalled goods"),
        article="C3.3.3",
        audience=Audience.CUSTOMER,
        channels=(Channel.WECHAT,),
        subject=_("Please do not take %(goods)s, lot %(lot)s"),
        body=_("We call lot %(lot)s of %(goods)s back (order %(number)s). Do not take it; we take"
               " it back and return your money."),
        look_up=of_recall,
        model="orders.Order",
        is_urgent=True,
        template=Template(
            "lot_recalled",
            {
                "character_string1": "number",
                "thing2": "goods",
                "character_string3": "lot",
                "number4": "units",
            },
            ORDER_PAGE,
        ),
        still_matters=is_unsettled,
    )
)  # fmt: skip

PAYMENT_ENDING = register_kind(
    NoticeKind(
        code="orders.payment_ending",
        label=_("payment window about to end"),
        article="A4.2a",
        audience=Audience.CUSTOMER,
        channels=(Channel.WECHAT,),
        subject=_("Order %(number)s waits to be paid"),
        body=_("%(goods)s is kept for you until %(until)s; then the order is cancelled."),
        look_up=of_order,
        model="orders.Order",
        purpose=REMINDERS,
        template=Template(
            "payment_ending",
            {
                "character_string1": "number",
                "thing2": "goods",
                "amount3": "amount",
                "time4": "until",
            },
            ORDER_PAGE,
        ),
        still_matters=is_unpaid,
    )
)

ORDER_CANCELLED = register_kind(
    NoticeKind(
        code="orders.order_cancelled",
        label=_("order cancelled"),
        article="A4.2a",
        audience=Audience.CUSTOMER,
        channels=(Channel.WECHAT,),
        subject=_("Order %(number)s is cancelled"),
        body=_("%(goods)s: the order is cancelled. You have not been charged."),
        look_up=of_order,
        model="orders.Order",
        template=Template(
            "order_cancelled",
            {
                "character_string1": "number",
                "thing2": "goods",
                "time3": "placed",
                "phrase4": "state",
            },
            ORDER_PAGE,
        ),
        still_matters=is_cancelled,
    )
)

ORDER_REFUNDED = register_kind(
    NoticeKind(
        code="orders.order_refunded",
        label=_("money given back"),
        article="A4.2d",
        audience=Audience.CUSTOMER,
        channels=(Channel.WECHAT,),
        subject=_("%(back)s of order %(number)s is on its way back to you"),
        body=_("WeChat Pay returns %(back)s for %(goods)s to the account you paid from."),
        look_up=of_refund,
        model="orders.Order",
        template=Template(
            "order_refunded",
            {
                "character_string1": "number",
                "thing2": "goods",
                "amount3": "back",
                "time4": "when",
            },
            ORDER_PAGE,
        ),
    )
)

CASE_REFUSED = register_kind(
    NoticeKind(
        code="orders.case_refused",
        label=_("request for money back refused"),
        article="A4.2d",
        audience=Audience.CUSTOMER,
        channels=(Channel.WECHAT,),
        subject=_("Answer to your request about order %(number)s"),
        body=_("We could not agree to give money back for %(goods)s: %(answer)s"),
        look_up=of_case,
        model="orders.Order",
        template=Template(
            "case_refused",
            {
                "character_string1": "number",
                "thing2": "goods",
                "thing3": "answer",
            },
            ORDER_PAGE,
        ),
    )
)

PAYMENT_DISPUTED = register_kind(
    NoticeKind(
        code="orders.payment_disputed",
        label=_("payment disputed"),
        article="C6.1.2",
        audience=Audience.STAFF,
        channels=STAFF_CHANNELS,
        subject=_("Payment disputed: order %(number)s"),
        body=_(
            "A verified payment notice does not fit what we asked to be paid (%(fields)s). Nothing"
            " was marked paid: check it against WeChat Pay, then decide."
        ),
        look_up=of_dispute,
        model="orders.Order",
        is_urgent=True,
    )
)
