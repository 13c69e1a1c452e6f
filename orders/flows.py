"""Where a customer waits for WeChat Pay: intent, call, record; no transaction open between."""

from django.conf import settings

from orders import actions
from orders.models import Order
from shop.identity.actors import Actor
from shop.vendors.wechat.pay import get_pay


def pay_order(order: Order, *, by: Actor) -> dict[str, str]:
    """What the mini-program hands to wx.requestPayment.

    May be asked again at any point: the payment's number stays, and WeChat Pay answers the same
    parameters with a fresh prepay id. Raises VendorError when WeChat Pay is away.
    """
    payment = actions.begin_payment(order, by=by)
    prepay_id = get_pay().prepay(
        payment.out_trade_no,
        amount_fen=payment.amount_fen,
        description=f"订单 {order.number}",
        openid=order.customer.openid,
        notify_url=f"{settings.PUBLIC_URL}/hooks/wechatpay/",
        expires_at=payment.expires_at,
    )
    actions.record_prepay(payment, prepay_id, by=by)
    return get_pay().client_parameters(prepay_id)
