"""What a delivered order has left behind: its rows, its books, its facts and what they set off."""

import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from functools import cached_property
from random import Random

from catalog.models import Offer
from demo.history.books import MOMENT, post
from demo.history.facts import Author, Facts
from demo.history.parcels import TOLD_AFTER, Contents, LeftParcel
from demo.history.promises import LeftPromise
from demo.history.rows import Rows
from demo.history.shelves import Picked
from demo.notices import ALLOWING_SHARE
from demo.plan import PlannedOrder
from demo.purchases import CONFIRM_IN_THE_APP
from marketing.rules import Quote, Wanted, quote
from orders import rules
from orders.actions.promises import TARGETS
from orders.events import (
    OrderCompleted,
    OrderConfirmed,
    OrderPaid,
    OrderPlaced,
    OrderPushed,
    OrderShipped,
    OrderSigned,
)
from orders.kinds import PAID, SOLD
from orders.models import CONFIRM_CLOCK, SHIP_CLOCK, SHIPPED_NOTICE, Order
from shop.books.accounts import OUTPUT_VAT, PREPAID, SALES, WECHAT_PAY
from shop.books.rules import Entry, credit, debit
from shop.clock import SHANGHAI
from shop.identity.fields import blind_index, seal
from shop.identity.models import Customer
from shop.timing.models import CalendarVersion

PACKED_BEFORE = timedelta(minutes=25)
PUSHED_AFTER = timedelta(milliseconds=310)
OF_PAYMENT = Author("vendor", reason="payment notice")
OF_THE_PUSH = Author("reaction", reason="order paid")
OF_THE_CARRIER = Author("vendor", reason="the carrier reports the signature")
OF_THE_NIGHT = Author("clock", reason="return window over")


@dataclass(frozen=True)
class Stage:
    """What stands before the first order: goods on sale, rules in force, staff, working hours."""

    offers: dict[str, Offer]
    policies: str
    calendar: CalendarVersion
    service: tuple[int, ...]
    warehouse: tuple[int, ...]
    end: datetime
    """Nothing after this instant is written."""
    is_last: bool = False
    """Nobody lives on from there: what is under way is watched."""


class Paid:
    """One planned order that was paid before the end of what is written, and got as far as it had
    by then."""

    def __init__(
        self, plan: PlannedOrder, customer: Customer, picked: Picked, stage: Stage
    ) -> None:
        self.plan, self.customer, self.picked, self.stage = plan, customer, picked, stage
        self.dice = Random(f"{plan.waybill}:past")
        self.number = rules.fresh_number(plan.placed_at.astimezone(SHANGHAI).date())

    @cached_property
    def quote(self) -> Quote:
        wanted = [
            Wanted(offer.sku_id, quantity, offer.price_fen, offer.member_price_fen)
            for offer, quantity in self.bought
        ]
        return quote(wanted, is_member=self.plan.person.is_member)

    @cached_property
    def bought(self) -> list[tuple[Offer, int]]:
        return [(self.stage.offers[code], quantity) for code, quantity in self.plan.lines]

    @cached_property
    def signed_at(self) -> datetime | None:
        return self._before_the_end(self.plan.signed_at)

    @cached_property
    def completed_at(self) -> datetime | None:
        """In the night after the return window has passed."""
        if self.signed_at is None:
            return None
        over = (self.signed_at + rules.RETURN_WINDOW).astimezone(SHANGHAI)
        night = over.replace(hour=3, minute=0, second=0, microsecond=0)
        return self._before_the_end(night if night > over else night + timedelta(days=1))

    def _before_the_end(self, at: datetime | None) -> datetime | None:
        return at if at is not None and at < self.stage.end else None

    @property
    def status(self) -> str:
        reached = (
            (self.completed_at, Order.Status.COMPLETED),
            (self.signed_at, Order.Status.SIGNED),
            (self.shipped_at, Order.Status.SHIPPED),
            (self.confirmed_at, Order.Status.CONFIRMED),
        )
        return next((state for at, state in reached if at), Order.Status.PAID).value

    def leave(self, rows: Rows, facts: Facts) -> int:
        """Add all that it left to the rows and facts; the order's number in its table."""
        order_id = self._order(rows)
        stream = f"order:{order_id}"
        line_ids = self._lines(rows, order_id)
        self._goods(rows)
        shopper = Author("api", customer_id=self.customer.pk)
        units = sum(quantity for _offer, quantity in self.bought)
        facts.tell(
            OrderPlaced(order_id, self.quote.payable_fen, units), self.plan.placed_at, shopper
        )
        payment_id = self._payment(rows, order_id)
        self._paid(rows, facts, order_id, payment_id)
        self._told(rows, "orders.order_paid", stream, stream, {}, self.paid_at)
        self._confirmed(rows, facts, order_id)
        if self.shipped_at is not None:
            self._shipped(rows, facts, order_id, line_ids, self.shipped_at)
        self._ended(rows, facts, order_id, shopper)
        return order_id

    @property
    def paid_at(self) -> datetime:
        assert self.plan.paid_at is not None
        return self.plan.paid_at

    @cached_property
    def confirmed_at(self) -> datetime | None:
        return self._before_the_end(self.plan.confirmed_at)

    @cached_property
    def shipped_at(self) -> datetime | None:
        return self._before_the_end(self.plan.shipped_at)

    @cached_property
    def confirmed_by(self) -> int:
        return self.dice.choice(self.stage.service)

    @cached_property
    def packed_by(self) -> int:
        return self.dice.choice(self.stage.warehouse)

    def _order(self, rows: Rows) -> int:
        to = self.plan.to
        return rows.add(
            "orders_order",
            number=self.number,
            customer_id=self.customer.pk,
            status=self.status,
            list_fen=self.quote.list_fen,
            payable_fen=self.quote.payable_fen,
            remark=self.plan.remark,
            channel="mini_program",
            policies=self.stage.policies,
            recipient=seal(to.recipient, "orders_order.recipient"),
            phone=seal(to.phone, "orders_order.phone"),
            phone_index=blind_index(to.phone),
            province=to.province,
            city=to.city,
            district=to.district,
            street=seal(to.street, "orders_order.street"),
            placed_at=self.plan.placed_at,
            paid_at=self.paid_at,
            confirmed_at=self.confirmed_at,
            confirmed_by_id=self.confirmed_by if self.confirmed_at else None,
            shipped_at=self.shipped_at,
            signed_at=self.signed_at,
            completed_at=self.completed_at,
            cancelled_at=None,
            closed_at=None,
            cancel_reason="",
            cancel_note="",
        )

    def _lines(self, rows: Rows, order_id: int) -> list[int]:
        line_ids = []
        for position, (bought, line) in enumerate(
            zip(self.bought, self.quote.lines, strict=True), start=1
        ):
            sku = bought[0].sku
            revision = sku.product.live_revision
            assert revision is not None
            line_id = rows.add(
                "orders_orderline",
                order_id=order_id,
                position=position,
                sku_id=sku.pk,
                revision_id=revision.pk,
                title=revision.title,
                specification=sku.name,
                quantity=line.quantity,
                list_fen=line.list_fen,
                payable_fen=line.payable_fen,
                vat_bp=sku.vat_bp,
                adjustments=json.dumps([asdict(step) for step in line.adjustments]),
            )
            line_ids.append(line_id)
        return line_ids

    def _goods(self, rows: Rows) -> None:
        for offer, quantity in self.bought:
            rows.add(
                "catalog_stockmove",
                sku_id=offer.sku_id,
                cause="ordered",
                quantity=-quantity,
                reference=self.number,
                at=self.plan.placed_at,
            )

    def _payment(self, rows: Rows, order_id: int) -> int:
        begun_at = self.plan.placed_at + timedelta(seconds=3)
        payment_id = rows.add(
            "orders_payment",
            order_id=order_id,
            out_trade_no=rules.out_trade_no(self.number, 1),
            status="succeeded",
            amount_fen=self.quote.payable_fen,
            refund_held_fen=0,
            prepay_id=f"wx{begun_at:%d%H%M%S}{self.dice.getrandbits(112):028x}",
            transaction_id=f"42000{self.paid_at:%Y%m%d}{self.dice.randrange(10**15):015d}",
            created_at=begun_at,
            expires_at=self.plan.placed_at + rules.PAYMENT_WINDOW,
            succeeded_at=self.paid_at,
        )
        fen, party_id = self.quote.payable_fen, self.customer.party_id
        entries = [debit(WECHAT_PAY.code, fen), credit(PREPAID.code, fen, party_id)]
        post(rows, PAID, f"payment:{payment_id}", entries, self.paid_at)
        return payment_id

    def _paid(self, rows: Rows, facts: Facts, order_id: int, payment_id: int) -> None:
        fen = self.quote.payable_fen
        facts.tell(OrderPaid(order_id, payment_id, fen), self.paid_at + MOMENT, OF_PAYMENT)
        for desk in ("service", "warehouse"):
            pushed_at = self.paid_at + PUSHED_AFTER
            rows.add("orders_deskpush", order_id=order_id, desk=desk, pushed_at=pushed_at)
            facts.tell(OrderPushed(order_id, desk), pushed_at + MOMENT, OF_THE_PUSH)
        self._promised(rows, facts, order_id, CONFIRM_CLOCK, self.paid_at, self.confirmed_at)

    def _confirmed(self, rows: Rows, facts: Facts, order_id: int) -> None:
        if self.confirmed_at is not None:
            by = Author("desk", user_id=self.confirmed_by)
            facts.tell(OrderConfirmed(order_id), self.confirmed_at + MOMENT, by)
            self._promised(rows, facts, order_id, SHIP_CLOCK, self.confirmed_at, self.shipped_at)

    def _promised(self, rows: Rows, facts: Facts, order_id: int, kind: str,
                  made_at: datetime, kept_at: datetime | None) -> None:  # fmt: skip
        promise = LeftPromise(
            kind, f"order:{order_id}", TARGETS[kind], made_at, kept_at, self.stage.end
        )
        promise.leave(self.stage.calendar, rows, facts)

    def _shipped(self, rows: Rows, facts: Facts, order_id: int, line_ids: list[int],
                 at: datetime) -> None:  # fmt: skip
        carrier = str(self.plan.carrier.code)
        parcel_id = rows.add(
            "orders_parcel",
            order_id=order_id,
            status="shipped",
            carrier=carrier,
            waybill=self.plan.waybill,
            packed_at=at - PACKED_BEFORE,
            packed_by_id=self.packed_by,
            shipped_at=at,
            hand_over_id=None,
        )
        by = Author("desk", user_id=self.packed_by)
        fact = OrderShipped(order_id, parcel_id, carrier, self.plan.waybill)
        facts.tell(fact, at + MOMENT, by)
        parcel = LeftParcel(
            parcel_id,
            self.number,
            self.plan.to.city,
            self.packed_by,
            at,
            self.signed_at,
            watched_until=self.stage.end if self.stage.is_last else None,
        )
        parcel.leave(self._contents(line_ids), rows)
        subject, key = f"order:{order_id}", f"parcel:{parcel_id}"
        self._told(rows, SHIPPED_NOTICE, key, subject, {"parcel_id": parcel_id}, at)

    def _contents(self, line_ids: list[int]) -> Iterator[Contents]:
        for (offer, _quantity), (code, _units), line_id in zip(
            self.bought, self.plan.lines, line_ids, strict=True
        ):
            for lot_id, units in self.picked[code]:
                yield Contents(line_id, offer.sku_id, lot_id, units)

    def _told(self, rows: Rows, kind: str, key: str, subject: str, figures: dict[str, int],
              at: datetime) -> None:  # fmt: skip
        raised_at = at + PUSHED_AFTER
        notice_id = rows.add(
            "notices_notice",
            kind=kind,
            party_id=self.customer.party_id,
            post="",
            stands_in=False,
            key=key,
            subject=subject,
            figures=json.dumps(figures),
            raised_at=raised_at,
            read_at=None,
        )
        is_sent = self.dice.random() < ALLOWING_SHARE
        rows.add(
            "notices_noticesending",
            notice_id=notice_id,
            channel="wechat",
            status="sent" if is_sent else "refused",
            reason="" if is_sent else "no_quota",
            code="",
            attempts=int(is_sent),
            repeats=0,
            took_quota=is_sent,
            queued_at=raised_at,
            release_at=None,
            begun_at=raised_at + MOMENT if is_sent else None,
            settled_at=raised_at + (TOLD_AFTER if is_sent else MOMENT),
        )

    def _ended(self, rows: Rows, facts: Facts, order_id: int, shopper: Author) -> None:
        if self.signed_at is None:
            return
        by = shopper if self.dice.random() < CONFIRM_IN_THE_APP else OF_THE_CARRIER
        facts.tell(OrderSigned(order_id), self.signed_at + MOMENT, by)
        post(rows, SOLD, f"order:{order_id}", self._sale(), self.signed_at)
        if self.completed_at is not None:
            facts.tell(OrderCompleted(order_id), self.completed_at + MOMENT, OF_THE_NIGHT)

    def _sale(self) -> list[Entry]:
        net_fen, vat_fen = rules.net_and_vat(
            [
                rules.Taxed(line.payable_fen, offer.sku.vat_bp)
                for (offer, _quantity), line in zip(self.bought, self.quote.lines, strict=True)
            ]
        )
        return [
            debit(PREPAID.code, net_fen + vat_fen, self.customer.party_id),
            credit(SALES.code, net_fen),
            credit(OUTPUT_VAT.code, vat_fen),
        ]
