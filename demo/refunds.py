"""Money asked back in a fortnight: most given back within hours, some late, one abnormal."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from random import Random

from demo.plan import PlannedOrder
from demo.timeline import Act, Cast
from orders import actions
from orders.kinds import REFUND_OVER_LIMIT
from orders.models import AfterSalesCase, Order, Refund
from shop.identity.actors import Actor
from shop.work.actions.approvals import approve
from shop.work.models import Approval

SHARE = 0.05  # of the delivered orders
HOUR = timedelta(hours=1)
SERVICE = ("kefu1", "kefu2")
WORDS = {
    "damaged": "外盒压扁，瓶盖开裂",
    "quality": "胶囊粘在一起，不敢吃",
    "changed_mind": "家里已经有了，未拆封",
    "wrong_item": "拍的是 60 粒，收到 30 粒装",
}
REFUSED = "商品已开封食用，且无质量问题，按七天无理由退货规定不予退款"


@dataclass
class Return:
    """One customer's request for money back, and what becomes of it."""

    plan: PlannedOrder
    cast: Cast
    agent: str
    reason: str
    case: AfterSalesCase | None = None

    @property
    def order(self) -> Order:
        orders = Order.objects.filter(customer=self.cast.customers[self.plan.person])
        return orders.filter(placed_at__gte=self.plan.placed_at).earliest("placed_at")

    def ask(self) -> None:
        """One unit of the first line."""
        order = self.order
        by = Actor.shopper(self.cast.customers[self.plan.person])
        units = {order.lines.all()[0].sku_id: 1}
        self.case = actions.open_case(order, units, self.reason, WORDS[self.reason], by=by)

    def grant(self) -> None:
        """Granted, over the limit with the supervisor's yes; WeChat Pay takes it on at once."""
        assert self.case is not None
        case = actions.accept_case(self.case, by=self.cast.staff[self.agent])
        if case.status == AfterSalesCase.Status.TO_APPROVE:
            asked = Approval.objects.live().about(REFUND_OVER_LIMIT, case.stream)
            approve(asked.get(), by=self.cast.staff["kefu"])
            actions.refund_approved_case(case, by=Actor.system("the refund was approved"))
        self.hear("PROCESSING")

    def refuse(self) -> None:
        assert self.case is not None
        actions.refuse_case(self.case, REFUSED, by=self.cast.staff[self.agent])

    def hear(self, status: str) -> None:
        """What WeChat Pay reports of the refund; the news stands for its signed notice."""
        assert self.case is not None
        refund = Refund.objects.get(case=self.case)
        news = news_for(refund, status)
        actions.record_refund(news, by=Actor.system("refund notice"))


def news_for(refund: Refund, status: str) -> actions.RefundNews:
    receipt = refund.captured
    return actions.RefundNews(
        out_refund_no=refund.out_refund_no,
        refund_id=f"50300{refund.pk:022d}",
        transaction_id=str(receipt.transaction_id),
        status=status,
        amount_fen=refund.amount_fen,
        total_fen=receipt.amount_fen or 0,
        currency="CNY",
    )


def refunds(orders: Sequence[PlannedOrder], cast: Cast, present: datetime) -> Iterator[Act]:
    """Of what was delivered; two of today still wait for an answer."""
    dice = Random("颐禾堂:refunds")
    delivered = [order for order in orders if order.signed_at and order.signed_at < present]
    asking = [order for order in delivered if dice.random() < SHARE] or delivered[:1]
    for place, plan in enumerate(asking):
        reason = dice.choice(list(WORDS))
        wish = Return(plan, cast, dice.choice(SERVICE), reason)
        assert plan.signed_at is not None
        yield from _lived(wish, plan.signed_at + dice.uniform(3, 30) * HOUR, place, dice)
    for minutes, plan in zip((35, 140), delivered[-2:], strict=False):
        wish = Return(plan, cast, "kefu1", "damaged" if minutes < 60 else "changed_mind")
        yield Act(max(present - timedelta(minutes=minutes), _after(plan)), wish.ask)


def _after(plan: PlannedOrder) -> datetime:
    assert plan.signed_at is not None
    return plan.signed_at + timedelta(seconds=1)


def _lived(wish: Return, asked_at: datetime, place: int, dice: Random) -> Iterator[Act]:
    """The second is abnormal for two days, the third late; every fifth is refused."""
    yield Act(asked_at, wish.ask)
    decided_at = asked_at + dice.uniform(0.2, 4) * HOUR
    if place % 5 == 4:
        yield Act(decided_at, wish.refuse, is_news=True)
        return
    heard_at = decided_at + (60 * HOUR if place == 2 else dice.uniform(0.01, 2) * HOUR)
    yield Act(decided_at, wish.grant, is_news=True)
    if place == 1:
        yield Act(heard_at, partial(wish.hear, "ABNORMAL"))
        heard_at += 48 * HOUR
    yield Act(heard_at, partial(wish.hear, "SUCCESS"), is_news=True)
