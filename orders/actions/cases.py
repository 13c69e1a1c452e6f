"""An after-sales case: asked, decided by service, withdrawn (A4.2d, C8.1)."""

from collections.abc import Mapping

from django.db import transaction
from django.utils.translation import gettext as _

from orders import rules
from orders.actions.call_off import call_off_picking
from orders.actions.words import OF_THE_WORDS, note_words
from orders.errors import GoodsBackInStock, MoreThanBought, ReturnWindowClosed, SomeHaveLeft
from orders.events import CaseOpened, CaseRefused, CaseReturned, CaseWithdrawn, MoneyAskedBack
from orders.kinds import DECIDE, LATE_ORDER, REFUND_OVER_LIMIT
from orders.models import DECIDE_CLOCK, AfterSalesCase, AfterSalesLine, Order, OrderLine, PickTask
from orders.selectors import asked_back
from orders.selectors.goods import BOTH, whereabouts
from shop.clock import now, today
from shop.errors import IllegalTransition, InvalidValue
from shop.events.outbox import publish
from shop.events.states import advance
from shop.identity.actors import Actor
from shop.timing.actions.calendars import shop_calendar
from shop.timing.actions.clocks import meet_clock, start_clock
from shop.timing.models import Clock
from shop.work.actions.approvals import withdraw
from shop.work.actions.items import settle_items
from shop.work.models import Approval

OF_THE_CASE = Actor.system("a case's own clock")
LONGEST_WORDS = 200


def open_case(
    order: Order,
    units: Mapping[int, int],
    reason: str,
    note: str = "",
    words: str = "pass",
    *,
    by: Actor,
) -> AfterSalesCase:
    """Ask for the money of some units (SKU id → how many) back; an answer is promised within a
    working day. `reason`: AfterSalesCase.Reason; `note`: the customer's own words;
    `words`: the content check's verdict on them.

    A customer asks within the return window, later only for a defect; staff for a customer at any
    time. Raises MoreThanBought, ReturnWindowClosed, SomeHaveLeft, and IllegalTransition for an
    unpaid order.
    """
    by.require("orders.open_case", owner=order.customer_id)
    _check(units, reason, note)
    with transaction.atomic():
        order = Order.objects.locked().get(pk=order.pk)
        if order.paid_at is None:
            raise IllegalTransition(_("This order has not been paid: there is nothing to ask for."))
        may_ask = rules.may_ask_back(order.signed_at, reason, now())
        if by.customer is not None and not may_ask:
            raise ReturnWindowClosed
        if whereabouts(order, units) == BOTH:
            raise SomeHaveLeft
        call_off_picking(order, PickTask.Why.HELD, by=OF_THE_CASE)
        case = _write_case(order, units, by, reason=reason, note=note.strip())
        publish(CaseOpened(case.pk, order.pk, case.reason, case.amount_fen), by=by)
        publish(MoneyAskedBack(order.pk, case.pk, case.amount_fen), by=by)
        promise_an_answer(case, by=OF_THE_CASE)
        note_words(order, case, words, by=OF_THE_WORDS)
    return case


def _check(units: Mapping[int, int], reason: str, note: str) -> None:
    if reason not in AfterSalesCase.Reason.values:
        raise InvalidValue(fields={"reason": [_("Choose a reason.")]})
    if not units or min(units.values()) < 1:
        raise InvalidValue(fields={"lines": [_("Say which goods, and how many of them.")]})
    if len(note) > LONGEST_WORDS:
        raise InvalidValue(fields={"note": [_("At most 200 characters.")]})


def _write_case(order: Order, units: Mapping[int, int], by: Actor, **said: str) -> AfterSalesCase:
    lines = _priced_lines(order, units)
    amount_fen = sum(line.amount_fen for line in lines)
    if amount_fen == 0:
        raise InvalidValue(fields={"lines": [_("Nothing was paid for these goods.")]})
    case = AfterSalesCase.objects.create(
        number=rules.case_number(today()),
        order=order,
        amount_fen=amount_fen,
        opened_at=now(),
        opened_by=by.user,
        **said,
    )
    for line in lines:
        line.case = case
    AfterSalesLine.objects.bulk_create(lines)
    return case


def _priced_lines(order: Order, units: Mapping[int, int]) -> list[AfterSalesLine]:
    """The order's lines with these SKUs, each priced by what of it has not been asked back."""
    asked = asked_back(order)
    lines = list(order.lines.filter(sku_id__in=units))
    if {line.sku_id for line in lines} != set(units):
        raise MoreThanBought
    return [_priced_line(line, units[line.sku_id], *asked.get(line.pk, (0, 0))) for line in lines]


def _priced_line(line: OrderLine, wanted: int, asked_units: int, asked_fen: int) -> AfterSalesLine:
    left_units, left_fen = line.quantity - asked_units, line.payable_fen - asked_fen
    if wanted > left_units:
        raise MoreThanBought
    fen = rules.refundable(left_fen, left_units, wanted)
    return AfterSalesLine(line=line, quantity=wanted, amount_fen=fen)


def promise_an_answer(case: AfterSalesCase, *, by: Actor) -> Clock:
    """Start the clock of our own promise; the caller holds the order's lock."""
    by.require("orders.promise_an_answer")
    calendar = shop_calendar(by=by)
    return start_clock(DECIDE_CLOCK, case.stream, calendar, rules.DECIDE_WITHIN, by=by)


def keep_answer_promise(case: AfterSalesCase, *, by: Actor) -> None:
    """It is decided: stop the clock, and close the item that said it was late."""
    by.require("orders.keep_answer_promise")
    for clock in Clock.objects.of(case.stream).filter(kind=DECIDE_CLOCK, met_at__isnull=True):
        if clock.status != Clock.Status.CANCELLED:
            meet_clock(clock, by=by)
    settle_items(LATE_ORDER, case.order.stream, reason=DECIDE, key=case.stream, by=by)


def refuse_case(case: AfterSalesCase, answer: str, *, by: Actor) -> AfterSalesCase:
    """Say no, with the reason that the customer reads (A4.2d).

    Raises GoodsBackInStock once the contract was taken back, InvalidValue without an answer.
    """
    by.require("orders.refuse_case")
    answer = answer.strip()
    if not 0 < len(answer) <= LONGEST_WORDS:
        raise InvalidValue(fields={"answer": [_("Tell the customer why, in 200 characters.")]})
    with transaction.atomic():
        case = _locked(case)
        _require_revocable(case)
        advance(case, "refuse")
        case.answer, case.decided_at, case.decided_by = answer, now(), by.user
        case.closed_at, case.version = now(), case.version + 1
        case.save(
            update_fields=[
                "status", "answer", "decided_at", "decided_by", "closed_at", "version",
            ]
        )  # fmt: skip
        publish(CaseRefused(case.pk), by=by)
        keep_answer_promise(case, by=OF_THE_CASE)
    return case


def withdraw_case(case: AfterSalesCase, *, by: Actor) -> AfterSalesCase:
    """The customer does not ask any more; the units can be asked back again later."""
    by.require("orders.withdraw_case", owner=case.order.customer_id)
    with transaction.atomic():
        case = _locked(case)
        _require_revocable(case)
        advance(case, "withdraw")
        case.closed_at, case.version = now(), case.version + 1
        case.save(update_fields=["status", "closed_at", "version"])
        publish(CaseWithdrawn(case.pk), by=by)
        keep_answer_promise(case, by=OF_THE_CASE)
        for approval in Approval.objects.live().about(REFUND_OVER_LIMIT, case.stream):
            withdraw(approval, by=OF_THE_CASE)
    return case


def return_case(case: AfterSalesCase, why: str, *, by: Actor) -> None:
    """Put it before service again; an answer is promised anew. The caller holds the order's lock.

    `why`: closed (by WeChat Pay), not_approved, approval_expired.
    """
    by.require("orders.return_case")
    advance(case, "return")
    case.decided_at = case.decided_by = None
    case.version += 1
    case.save(update_fields=["status", "decided_at", "decided_by", "version"])
    publish(CaseReturned(case.pk, why), by=by)
    if not Clock.objects.of(case.stream).open().filter(kind=DECIDE_CLOCK).exists():
        promise_an_answer(case, by=OF_THE_CASE)


def return_unapproved_case(case: AfterSalesCase, why: str, *, by: Actor) -> bool:
    """A second person did not say yes; False when that does not matter any more."""
    by.require("orders.return_unapproved_case")
    with transaction.atomic():
        case = _locked(case)
        if case.status != AfterSalesCase.Status.TO_APPROVE:
            return False
        return_case(case, why, by=by)
    return True


def _require_revocable(case: AfterSalesCase) -> None:
    if case.restocked_at is not None:
        raise GoodsBackInStock


def _locked(case: AfterSalesCase) -> AfterSalesCase:
    """The case behind its order's lock, which comes first everywhere."""
    Order.objects.locked().get(pk=case.order_id)
    return AfterSalesCase.objects.locked().select_related("order").get(pk=case.pk)
