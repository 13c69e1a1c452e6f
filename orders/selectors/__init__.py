"""Reads over orders, carts and their prices."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any, TypedDict

from django.db.models import (
    CharField,
    Count,
    Exists,
    OuterRef,
    Prefetch,
    Q,
    QuerySet,
    Subquery,
    Sum,
    Value,
)
from django.db.models.functions import Cast, Coalesce, Concat
from django.utils.translation import gettext

from catalog.models import Offer, ProductRevision
from marketing.models import Membership
from marketing.rules import Quote, QuotedLine, Wanted, quote
from orders import rules
from orders.errors import NotOnSale
from orders.events import AddressRevealed, PartShipped
from orders.kinds import ORDER_EXCEPTION, ORDER_HELD, REFUND_OVER_LIMIT, SHIP
from orders.models import (
    CONFIRM_CLOCK,
    DECIDE_CLOCK,
    SHIP_CLOCK,
    AfterSalesCase,
    AfterSalesLine,
    CartLine,
    DeskPush,
    Order,
    OrderQuerySet,
    Parcel,
    PaymentDispute,
    PickTask,
    Refund,
)
from orders.selectors.checks import facts_of
from orders.selectors.goods import lines_in_house, sum_of
from shop.clock import now
from shop.errors import Text
from shop.events.models import EventLog
from shop.events.outbox import kind_of
from shop.events.selectors import history
from shop.identity.actors import Actor
from shop.identity.fields import blind_index
from shop.identity.models import Customer, User
from shop.identity.rules import dialled, is_phone
from shop.records.rules import first_id_of
from shop.rights.hindrances import hinders_erasure
from shop.timing.models import Clock
from shop.work.errors import StepHeld
from shop.work.models import Approval, WorkItem
from shop.work.selectors import blocking
from shop.work.selectors.approvals import Present, shows_present

if TYPE_CHECKING:
    from django_stubs_ext import WithAnnotations


WAREHOUSE_CASES = (ORDER_EXCEPTION.code,)
SERVICE_CASES = (*WAREHOUSE_CASES, ORDER_HELD.code)
"""What each desk shows of an order: why the checks hold it is service's alone."""


class ToCustomer(TypedDict):
    """What an offer is to one customer."""

    is_member: bool


@dataclass(frozen=True)
class PricedLine:
    """A quoted line together with the offer it was priced from."""

    offer: Offer
    revision: ProductRevision
    quoted: QuotedLine


@dataclass(frozen=True)
class PricedBasket:
    """What some SKUs cost this customer now."""

    quote: Quote
    lines: list[PricedLine]


def cart_of(customer: Customer) -> QuerySet[CartLine]:
    """The customer's cart lines with what each needs to be shown."""
    return CartLine.objects.filter(customer=customer).select_related(
        "sku__offer", "sku__product__live_revision"
    )


def priced(wanted: Mapping[int, int], customer: Customer) -> PricedBasket:
    """Price SKUs (id → quantity) for the customer: one query. Raises NotOnSale naming the SKUs."""
    offers = {offer.sku_id: offer for offer in _offers_to(customer).filter(sku_id__in=wanted)}
    if missing := sorted(wanted.keys() - offers.keys()):
        raise NotOnSale(fields={"sku": [str(sku) for sku in missing]})
    is_member = any(offer.is_member for offer in offers.values())
    prices = [
        Wanted(sku, quantity, offers[sku].price_fen, offers[sku].member_price_fen)
        for sku, quantity in wanted.items()
    ]
    result = quote(prices, is_member=is_member)
    lines = [_priced_line(offers[line.sku_id], line) for line in result.lines]
    return PricedBasket(result, lines)


NEEDED_TO_PRICE = (
    "sku_id", "price_fen", "member_price_fen", "available",
    "sku__name", "sku__vat_bp", "sku__product__live_revision__title",
)  # fmt: skip


def _priced_line(offer: Offer, line: QuotedLine) -> PricedLine:
    revision = offer.sku.product.live_revision
    if revision is None:
        raise NotOnSale
    return PricedLine(offer, revision, line)


def _offers_to(customer: Customer) -> QuerySet[WithAnnotations[Offer, ToCustomer]]:
    membership = Membership.objects.filter(customer_id=customer.pk)
    offers = Offer.objects.on_sale().select_related("sku__product__live_revision")
    offers = offers.only(*NEEDED_TO_PRICE)
    return offers.annotate(is_member=Exists(membership))  # type: ignore[return-value]


def with_lines(orders: QuerySet[Order]) -> QuerySet[Order]:
    """Orders as desks and the API show them: a fixed number of queries however many.

    With what was given back of each (fen), how many cases are open, and what is left of each line.
    """
    back = Refund.objects.filter(case__order=OuterRef("pk"), status=Refund.Status.SUCCEEDED)
    open_cases = AfterSalesCase.objects.filter(
        order=OuterRef("pk"), status__in=["open", "to_approve", "refunding"]
    )
    with_money = orders.select_related("customer").annotate(
        refunded_fen=Coalesce(sum_of(back, "amount_fen"), 0), cases_open=Exists(open_cases)
    )
    return with_money.prefetch_related(
        Prefetch("lines", lines_in_house()),
        Prefetch("parcels", Parcel.objects.shipped().order_by("pk")),
        "parcels__lines__line__sku",
    )


def service_queue() -> QuerySet[Order]:
    """Pushed to service and waiting for its confirmation, the longest-waiting first."""
    orders = with_lines(_on_desk(DeskPush.Desk.SERVICE).paid())
    return _with_promise(orders, SERVICE_CASES).order_by("paid_at")


def warehouse_queue() -> QuerySet[Order]:
    """Pushed to the warehouse and not yet shipped: confirmed ones first, then by payment."""
    waiting = [Order.Status.PAID, Order.Status.CONFIRMED]
    on_desk = _on_desk(DeskPush.Desk.WAREHOUSE).filter(status__in=waiting)
    in_wave = PickTask.objects.live().filter(order=OuterRef("pk")).values("wave")[:1]
    orders = _with_promise(with_lines(on_desk), WAREHOUSE_CASES).annotate(wave=Subquery(in_wave))
    return orders.order_by("status", "paid_at")


def _with_promise(orders: QuerySet[Order], kinds: Sequence[str]) -> QuerySet[Order]:
    """With the times of the order's open promise, and how many cases of these kinds it has open."""
    stream = Concat(Value("order:"), Cast(OuterRef("pk"), CharField()))
    clocks = Clock.objects.filter(kind__in=[CONFIRM_CLOCK, SHIP_CLOCK], subject=stream)
    promise = clocks.filter(met_at__isnull=True)
    open_cases = WorkItem.objects.open().filter(kind__in=kinds, subject=stream)
    held = open_cases.order_by().values("subject").annotate(count=Count("pk"))
    return orders.annotate(
        warn_at=Subquery(promise.values("warn_at")[:1]),
        due_at=Subquery(promise.values("breach_at")[:1]),
        cases=Subquery(held.values("count")),
    )


def require_free(order: Order, step: str) -> None:
    """Raise StepHeld, naming the case, while one holds this step of the order.

    What is asked back does not leave the house before that is decided.
    """
    case = blocking(order.stream, step).first()
    if case is not None:
        raise StepHeld(
            gettext("A case holds this step: %(case)s. Close it first.") % {"case": case}
        )
    if step == SHIP and (asked := order.after_sales.undecided().first()) is not None:
        told = {"case": asked.number}
        raise StepHeld(gettext("Money is asked back in case %(case)s: decide it first.") % told)


def promise_of(order: Order) -> Clock | None:
    """The order's promise that is still to be kept."""
    return Clock.objects.of(order.stream).filter(met_at__isnull=True).first()


def cases_of(
    orders: Iterable[Order], kinds: Sequence[str] = WAREHOUSE_CASES
) -> dict[int, list[WorkItem]]:
    """Order → its open cases of these kinds: one query."""
    streams = {order.stream: order.pk for order in orders}
    cases: dict[int, list[WorkItem]] = {}
    if not streams:
        return cases
    open_ones = WorkItem.objects.open().filter(subject__in=streams, kind__in=kinds)
    for case in open_ones.by_urgency():
        cases.setdefault(streams[case.subject], []).append(case)
    return cases


def found_by(orders: QuerySet[Order], text: str) -> QuerySet[Order]:
    """Those with this order number (or its beginning), waybill, or whole phone number."""
    typed, digits = rules.tidy_waybill(text), dialled(text)
    ways: list[QuerySet[Any, Any]] = [Parcel.objects.filter(waybill=typed).values("order_id")]
    if digits.isdecimal():
        ways.append(Order.objects.filter(number__startswith=digits).values("pk"))
    if is_phone(digits):
        ways.append(Order.objects.filter(phone_index=blind_index(digits)).values("pk"))
    # Each way by its own index; together in one condition they would read every order.
    return orders.filter(pk__in=ways[0].union(*ways[1:], all=True))


def looks_of(user: User) -> int:
    """How many consignees this member of staff has looked at within the last hour."""
    looked = EventLog.objects.filter(
        kind=kind_of(AddressRevealed),
        user_id=user.pk,
        id__gte=first_id_of(now() - timedelta(hours=1)),
    )
    return looked.values("stream").distinct().count()


@hinders_erasure
def an_order_is_open(customer: Customer) -> Text | None:
    """Until it is completed or cancelled, an order needs the person it is for."""
    ended = [Order.Status.COMPLETED, Order.Status.CANCELLED]
    numbers = Order.objects.filter(customer=customer).exclude(status__in=ended)
    first = numbers.values_list("number", flat=True).order_by("pk").first()
    return gettext("Order %(number)s is still open.") % {"number": first} if first else None


@hinders_erasure
def a_case_is_open(customer: Customer) -> Text | None:
    """Money that came without being owed, or something else that we still owe an answer to."""
    orders = Order.objects.filter(customer=customer)
    streams = [f"order:{pk}" for pk in orders.values_list("pk", flat=True)]
    is_open = WorkItem.objects.open().filter(subject__in=streams).exists()
    return gettext("One of your orders has a case that is not settled yet.") if is_open else None


def sees_address(order: Order, actor: Actor) -> bool:
    """Whether this member of staff has asked to see the address and may still see it."""
    if actor.user is None:
        return False
    asked = history(order.stream).filter(
        kind=kind_of(AddressRevealed),
        user_id=actor.user.pk,
        at__gte=now() - rules.ADDRESS_SHOWN_FOR,
    )
    return asked.exists()


def _on_desk(desk: str) -> OrderQuerySet:
    return Order.objects.filter(Exists(DeskPush.objects.filter(order=OuterRef("pk"), desk=desk)))


def orders_to_same_phone(orders: Iterable[Order]) -> dict[bytes, int]:
    """Phone index → orders paid to it in the last day, for the repeat check of OR1."""
    indexes = {bytes(order.phone_index) for order in orders}
    counted = (
        Order.objects.filter(phone_index__in=indexes, paid_at__gte=now() - timedelta(days=1))
        .values_list("phone_index")
        .annotate(Count("pk"))
    )
    return {bytes(index): count for index, count in counted.order_by()}


def review_of(order: Order, same_phone: int) -> list[rules.Check]:
    """The automatic checks of a paid order, as the service desk shows them (A4.2a)."""
    return rules.review(facts_of(order, same_phone))


def asked_back(order: Order) -> dict[int, tuple[int, int]]:
    """Order line → (units, fen) that standing cases ask back or have got back."""
    standing = AfterSalesLine.objects.filter(
        case__order=order, case__status__in=AfterSalesCase.STANDING
    )
    sums = standing.order_by().values_list("line").annotate(Sum("quantity"), Sum("amount_fen"))
    return {line: (units, fen) for line, units, fen in sums}


def granted_back(order: Order, *, apart_from: AfterSalesCase | None = None) -> dict[int, int]:
    """Order line → fen whose refund is granted, under way or done."""
    granted = AfterSalesLine.objects.filter(
        case__in=AfterSalesCase.objects.filter(order=order, refunds__in=Refund.objects.live())
    )
    if apart_from is not None:
        granted = granted.exclude(case=apart_from)
    return dict(granted.order_by().values_list("line").annotate(Sum("amount_fen")))


def after_sales_queue() -> QuerySet[AfterSalesCase]:
    """To be decided, the one first whose answer is due first; with the time of that promise."""
    stream = Concat(Value("case:"), Cast(OuterRef("pk"), CharField()))
    promise = Clock.objects.filter(kind=DECIDE_CLOCK, subject=stream, met_at__isnull=True)
    undecided = AfterSalesCase.objects.undecided().annotate(
        warn_at=Subquery(promise.order_by("-pk").values("warn_at")[:1]),
        due_at=Subquery(promise.order_by("-pk").values("breach_at")[:1]),
    )
    shown = undecided.select_related("order__customer", "opened_by")
    return shown.prefetch_related("lines__line__sku").order_by("opened_at")


def cases_found_by(cases: QuerySet[AfterSalesCase], text: str) -> QuerySet[AfterSalesCase]:
    """Those whose number, or whose order's, begins so."""
    typed = text.strip().upper()
    return cases.filter(Q(number__startswith=typed) | Q(order__number__startswith=typed))


def answer_due(case: AfterSalesCase) -> Clock | None:
    """The promise of an answer that is still to be kept."""
    clocks = Clock.objects.of(case.stream).filter(kind=DECIDE_CLOCK, met_at__isnull=True)
    return clocks.order_by("-pk").first()


@shows_present(REFUND_OVER_LIMIT)
def what_is_given_back(approval: Approval) -> Present:
    """The case or the disputed money whose refund is to be approved, now."""
    subject = approved_for(approval.subject)
    return Present(subject.version, subject.to_approve)


def was_one_of_several(parcel: Parcel) -> bool:
    """Whether the parcel left while more of its order was to follow."""
    part = kind_of(PartShipped)
    left = EventLog.objects.filter(stream=parcel.order.stream, kind=part)
    return left.filter(data__parcel_id=parcel.pk).exists()


def approved_for(stream: str) -> AfterSalesCase | PaymentDispute:
    """What an approval of a refund is about."""
    kind, _colon, key = stream.partition(":")
    if kind == "payment_dispute":
        return PaymentDispute.objects.select_related("payment").get(pk=key)
    return AfterSalesCase.objects.get(pk=key)


def is_being_approved(subject: AfterSalesCase | PaymentDispute) -> bool:
    """Whether a second person has been asked and nothing has come of it yet."""
    return approval_of(subject) is not None


def approval_of(subject: AfterSalesCase | PaymentDispute) -> Approval | None:
    """The question to a second person that is not answered, or not carried out."""
    return Approval.objects.live().about(REFUND_OVER_LIMIT, subject.stream).first()


def refunds_of(order: Order) -> QuerySet[Refund]:
    """Money of this order on its way back or there: for its cases, and of payments that did not
    fit it."""
    whose = Q(case__order=order) | Q(dispute__payment__order=order)
    return Refund.objects.filter(whose).select_related("case", "dispute").order_by("pk")
