"""WeChat Pay v3, 查询订单 and 支付成功通知: the transaction both of them tell of."""

from dataclasses import dataclass, field
from datetime import datetime

from shop.vendors.wechat.settings import PaySettings
from shop.vendors.wechat.strict_json import Fields, Unreadable

TRADE_STATES = frozenset(
    ("SUCCESS", "REFUND", "NOTPAY", "CLOSED", "REVOKED", "USERPAYING", "PAYERROR", "ACCEPT")
)
PAID_STATES = frozenset(("SUCCESS", "REFUND"))


@dataclass(frozen=True, slots=True)
class Transaction:
    """One order as WeChat Pay sees it. `total_fen` is what we asked for, in fen.

    Where `trade_state` is SUCCESS or REFUND (paid, and later refunded in part or whole) every field
    is there; in any other state the last five are None.
    """

    appid: str
    mchid: str
    out_trade_no: str
    trade_state: str
    transaction_id: str | None
    payer_openid: str | None = field(repr=False)
    total_fen: int | None
    currency: str | None
    success_at: datetime | None


def read_transaction(fields: Fields, settings: PaySettings) -> Transaction:
    """The transaction in these fields; Unreadable when one is missing or it is not ours."""
    state = fields.text("trade_state", 32)
    if state not in TRADE_STATES:
        raise Unreadable("trade_state is unknown")
    transaction = _paid(fields, state) if state in PAID_STATES else _unpaid(fields, state)
    if (transaction.appid, transaction.mchid) != (settings.appid, settings.mchid):
        raise Unreadable("appid or mchid is not ours")
    return transaction


def _paid(fields: Fields, state: str) -> Transaction:
    amount = fields.inner("amount")
    return Transaction(
        appid=fields.text("appid", 32),
        mchid=fields.text("mchid", 32),
        out_trade_no=fields.text("out_trade_no", 32),
        trade_state=state,
        transaction_id=fields.text("transaction_id", 32),
        payer_openid=fields.inner("payer").text("openid", 128),
        total_fen=amount.whole("total"),
        currency=amount.text("currency", 16),
        success_at=fields.moment("success_time"),
    )


def _unpaid(fields: Fields, state: str) -> Transaction:
    return Transaction(
        appid=fields.text("appid", 32),
        mchid=fields.text("mchid", 32),
        out_trade_no=fields.text("out_trade_no", 32),
        trade_state=state,
        transaction_id=None,
        payer_openid=None,
        total_fen=None,
        currency=None,
        success_at=None,
    )
