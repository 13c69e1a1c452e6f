"""WeChat Pay v3, 退款申请, 查询单笔退款 and 退款结果通知: the refund all of them tell of."""

from dataclasses import dataclass
from datetime import datetime

from shop.vendors.wechat.strict_json import Fields, Unreadable

SUCCESS, CLOSED, PROCESSING, ABNORMAL = "SUCCESS", "CLOSED", "PROCESSING", "ABNORMAL"
STATES = frozenset((SUCCESS, CLOSED, PROCESSING, ABNORMAL))
ENDED_BY_NOTICE = {
    "REFUND.SUCCESS": SUCCESS,
    "REFUND.ABNORMAL": ABNORMAL,
    "REFUND.CLOSED": CLOSED,
}
"""event_type → the refund_status that must stand inside."""


@dataclass(frozen=True, slots=True)
class RefundReport:
    """One refund as WeChat Pay sees it; amounts in fen. What it paid back from, `total_fen`.

    `currency` is None in notices, which do not say it; `success_at` unless it succeeded.
    """

    out_refund_no: str
    refund_id: str
    transaction_id: str
    status: str
    amount_fen: int
    total_fen: int
    currency: str | None
    success_at: datetime | None


def read_refund(fields: Fields) -> RefundReport:
    """The refund of an answer; Unreadable when a field is missing."""
    amount = fields.inner("amount")
    return _report(fields, fields.text("status", 32), amount.text("currency", 16))


def read_noticed_refund(fields: Fields, mchid: str) -> RefundReport:
    """The refund inside a notice; Unreadable when it is another merchant's."""
    if fields.text("mchid", 32) != mchid:
        raise Unreadable("mchid is not ours")
    return _report(fields, fields.text("refund_status", 32), None)


def _report(fields: Fields, status: str, currency: str | None) -> RefundReport:
    if status not in STATES:
        raise Unreadable("status is unknown")
    amount = fields.inner("amount")
    return RefundReport(
        out_refund_no=fields.text("out_refund_no", 64),
        refund_id=fields.text("refund_id", 32),
        transaction_id=fields.text("transaction_id", 32),
        status=status,
        amount_fen=amount.whole("refund"),
        total_fen=amount.whole("total"),
        currency=currency,
        success_at=fields.moment("success_time") if status == SUCCESS else None,
    )
