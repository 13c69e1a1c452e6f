"""What goes wrong in a fortnight, and who sees to it: cases closed, handed over, late."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial

from demo.plan import PlannedOrder
from demo.timeline import Act, Cast
from orders import actions
from orders.models import Order
from shop.identity.actors import Actor
from shop.work.actions.hand_overs import hand_over_item
from shop.work.actions.items import close_item, take_item
from shop.work.actions.logs import log_contact, note_item, pause_item
from shop.work.models import WorkItem
from shop.work.rules import Receiver

PICK_UP = timedelta(minutes=70)  # between confirming and shipping, enough to settle a case
MINUTE = timedelta(minutes=1)


@dataclass
class Case:
    """One order's trouble; each step is done by somebody of the staff."""

    plan: PlannedOrder
    cast: Cast
    reason: str

    @property
    def order(self) -> Order:
        orders = Order.objects.filter(customer=self.cast.customers[self.plan.person])
        return orders.filter(placed_at__gte=self.plan.placed_at).earliest("placed_at")

    @property
    def item(self) -> WorkItem:
        return WorkItem.objects.open().of(self.order.stream).get(reason=self.reason)

    def by(self, username: str) -> Actor:
        return self.cast.staff[username]

    def open(self, username: str, note: str) -> None:
        actions.open_exception(self.order, self.reason, note, by=self.by(username))

    def take(self, username: str) -> None:
        take_item(self.item, by=self.by(username))

    def call(self, username: str, result: str, said: str = "", way: str = "phone") -> None:
        log_contact(self.item, way, result, said, by=self.by(username))

    def note(self, username: str, text: str) -> None:
        note_item(self.item, text, by=self.by(username))

    def wait_for(self, username: str, whom: str) -> None:
        pause_item(self.item, whom, by=self.by(username))

    def hand_over(self, username: str, role: str, why: str) -> None:
        hand_over_item(self.item, Receiver(role=role), why, by=self.by(username))

    def close(self, username: str, outcome: str, done: str) -> None:
        close_item(self.item, outcome, done, by=self.by(username))


def cases(present: datetime, orders: Sequence[PlannedOrder], cast: Cast) -> Iterator[Act]:
    """All of them, as acts; those of today are told from the present backwards."""
    slow = [order for order in orders if _takes_time(order, present)]
    for order, settle in zip(slow[:: max(1, len(slow) // 3)], SETTLED, strict=False):
        yield from settle(order, cast)
    yield from _handed_over(slow[-1], cast, present)
    away = [order for order in orders if order.shipped_at and _is_away(order, present)]
    yield from _late(away[0], cast, present)
    yield from _paid_twice(away[-1], cast, present)
    incomplete = next(order for order in orders if order.to.street == "镇上")
    yield from _unclear(incomplete, cast, present)


def _takes_time(order: PlannedOrder, present: datetime) -> bool:
    """Confirmed so long before it was shipped that a case fits between, and shipped by now."""
    if order.confirmed_at is None or order.shipped_at is None:
        return False
    return order.shipped_at - order.confirmed_at > PICK_UP and order.shipped_at < present


def _is_away(order: PlannedOrder, present: datetime) -> bool:
    """With the carrier for two days, and not signed for yet."""
    assert order.shipped_at is not None
    still_out = order.signed_at is None or order.signed_at > present
    return still_out and order.shipped_at < present - timedelta(days=1)


def _told(begins: datetime, *steps: tuple[int, Callable[[], object]]) -> Iterator[Act]:
    """Steps by minutes after the beginning."""
    for minutes, step in steps:
        yield Act(begins + minutes * MINUTE, step)


def _sold_out(order: PlannedOrder, cast: Cast) -> Iterator[Act]:
    case = Case(order, cast, "out_of_stock")
    assert order.confirmed_at is not None
    yield from _told(
        order.confirmed_at,
        (8, partial(case.open, "cangku1", "货架只剩一件，账面还有库存")),
        (14, partial(case.take, "kefu1")),
        (19, partial(case.call, "kefu1", "no_answer")),
        (36, partial(case.call, "kefu1", "reached", "顾客愿意等下午到货的同款")),
        (
            58,
            partial(case.close, "kefu1", "goes_on", "复点后在另一货位找到，按原单发货，已告知顾客"),
        ),
    )


def _unreached(order: PlannedOrder, cast: Cast) -> Iterator[Act]:
    case = Case(order, cast, "unreachable")
    assert order.confirmed_at is not None
    yield from _told(
        order.confirmed_at,
        (5, partial(case.open, "kefu2", "备注要求改时间，打不通")),
        (6, partial(case.take, "kefu2")),
        (7, partial(case.call, "kefu2", "no_answer")),
        (25, partial(case.call, "kefu2", "will_call_back", "在开会，晚点回", "wechat")),
        (52, partial(case.call, "kefu2", "reached", "按原地址送，前台代收即可")),
        (54, partial(case.close, "kefu2", "goes_on", "顾客确认按原地址派送")),
    )


def _damaged(order: PlannedOrder, cast: Cast) -> Iterator[Act]:
    case = Case(order, cast, "damaged")
    assert order.confirmed_at is not None
    yield from _told(
        order.confirmed_at,
        (12, partial(case.open, "cangku2", "外盒压坏一角")),
        (13, partial(case.take, "cangku2")),
        (20, partial(case.note, "cangku2", "破损品已拍照隔离")),
        (28, partial(case.close, "cangku2", "goes_on", "换了一盒完好的，批次相同")),
    )


SETTLED = (_sold_out, _unreached, _damaged)


def _handed_over(order: PlannedOrder, cast: Cast, present: datetime) -> Iterator[Act]:
    """A question of money that service gave to finance, which has not taken it yet."""
    case = Case(order, cast, "other")
    why = "涉及开票抬头，需要财务核对"
    yield from _told(
        present - timedelta(minutes=150),
        (0, partial(case.open, "kefu1", "顾客要求改开公司抬头的发票")),
        (9, partial(case.take, "kefu1")),
        (21, partial(case.call, "kefu1", "reached", "顾客会把税号发过来", "wechat")),
        (40, partial(case.hand_over, "kefu1", "finance", why)),
    )


def _late(order: PlannedOrder, cast: Cast, present: datetime) -> Iterator[Act]:
    """A parcel the carrier cannot deliver, lying for days: its time has run out."""
    case = Case(order, cast, "unreachable")
    assert order.shipped_at is not None
    yield from _told(
        order.shipped_at + timedelta(hours=5),
        (0, partial(case.open, "kefu2", "快递反馈电话打不通，暂存网点")),
        (11, partial(case.take, "kefu2")),
        (15, partial(case.call, "kefu2", "no_answer")),
        (190, partial(case.call, "kefu2", "no_answer")),
        (200, partial(case.call, "kefu2", "no_answer", "已发短信，未回", "sms")),
    )


def _paid_twice(order: PlannedOrder, cast: Cast, present: datetime) -> Iterator[Act]:
    """The same order paid by a second transaction: finance owes it back."""
    yield Act(present - timedelta(hours=3), partial(_pay_again, Case(order, cast, "double")))


def _pay_again(case: Case) -> None:
    payment = case.order.payments.get()
    receipt = actions.Receipt(
        out_trade_no=payment.out_trade_no,
        transaction_id=f"{payment.transaction_id}"[:-4] + "8642",
        trade_state="SUCCESS",
        amount_fen=payment.amount_fen,
        currency="CNY",
        payer_openid=case.order.customer.openid,
    )
    outcome = actions.settle_payment(receipt, by=Actor.system("payment notice"))
    assert outcome == "disputed", outcome


def _unclear(order: PlannedOrder, cast: Cast, present: datetime) -> Iterator[Act]:
    """An address at which nobody can deliver, being asked about now."""
    case = Case(order, cast, "address_unclear")
    yield from _told(
        present - timedelta(minutes=18),
        (0, partial(case.open, "kefu1", "街道只写了“镇上”")),
        (1, partial(case.take, "kefu1")),
        (3, partial(case.call, "kefu1", "no_answer")),
        (5, partial(case.wait_for, "kefu1", "customer")),
    )
