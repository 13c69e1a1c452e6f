"""Over what one person grants in a day a second one is asked; splitting does not help (C6.1.2)."""

from datetime import timedelta

import pytest

from orders.actions import (
    accept_case,
    open_case,
    refund_approved_case,
    return_unapproved_case,
    withdraw_case,
)
from orders.models import AfterSalesCase, Refund
from shop.clock import now, turned_to
from shop.errors import NotAllowed
from shop.events.relay import run_reactions
from shop.timing.sweeper import sweep_timers
from shop.work.actions.approvals import approve, reject, withdraw
from shop.work.errors import ApprovalMissing, DutiesConflict, NotYourDecision, OwnApproval
from shop.work.models import Approval
from tests import cast
from tests.make import make_case, make_order, make_sku

pytestmark = [pytest.mark.django_db, pytest.mark.article("OR4", "C6.1.2")]


@pytest.fixture
def dear():
    """A delivered order of five units at ¥200 each."""
    cast.staff("service_supervisor")
    return make_order("signed", sku=make_sku(price_fen=20_000), quantity=5)


def agent():
    return cast.staff("service_agent")


def supervisor():
    return cast.staff("service_supervisor")


def fresh(row):
    return type(row).objects.get(pk=row.pk)


def submitted(order):
    """¥600 at once: over the ¥500 of a day."""
    case = accept_case(make_case(order, 3), by=agent())
    assert (case.status, Refund.objects.count()) == ("to_approve", 0)
    return case, Approval.objects.get()


def test_a_second_persons_yes_lets_the_money_go_by_itself(dear, oracle):
    case, approval = submitted(dear)
    approve(approval, by=supervisor())
    run_reactions()
    assert fresh(case).decided_by == agent().user
    assert Refund.objects.get().amount_fen == 60_000
    assert fresh(approval).status == "used"


def test_splitting_does_not_help(dear):
    first, second, third = (make_case(dear, 1) for _ in range(3))
    assert accept_case(first, by=agent()).status == "refunding"
    assert accept_case(second, by=agent()).status == "refunding"
    assert accept_case(third, by=agent()).status == "to_approve", "¥600 in one day"
    other = make_case(make_order("signed"), 1)
    assert accept_case(other, by=cast.staff("service_agent", "2")).status == "refunding"


def test_neither_the_requester_nor_another_agent_says_yes(dear):
    _case, approval = submitted(dear)
    another = cast.staff("service_agent", "2")
    for by, refusal in ((agent(), OwnApproval), (another, NotYourDecision)):
        with pytest.raises(refusal):
            approve(approval, by=by)
    assert not Refund.objects.exists()


def test_who_opened_the_case_for_the_customer_does_not_approve_it(dear):
    units = {dear.lines.get().sku_id: 3}
    case = accept_case(open_case(dear, units, "quality", by=supervisor()), by=agent())
    assert case.status == "to_approve"
    with pytest.raises(DutiesConflict):
        approve(Approval.objects.get(), by=supervisor())


@pytest.mark.parametrize("end", ["rejected", "withdrawn", "expired"])
def test_without_the_yes_the_case_is_before_service_again(dear, end, oracle):
    case, approval = submitted(dear)
    if end == "rejected":
        reject(approval, comment="金额过高，请先核实照片", by=supervisor())
    elif end == "withdrawn":
        withdraw(approval, by=agent())
    else:
        with turned_to(now() + timedelta(days=4)):
            sweep_timers()
            run_reactions()
    run_reactions()
    assert fresh(case).status == "open"
    assert not Refund.objects.exists()


def test_a_customer_who_withdraws_takes_the_question_back_too(dear):
    case, approval = submitted(dear)
    withdraw_case(case, by=cast.shopper())
    run_reactions()
    assert (fresh(case).status, fresh(approval).status) == ("withdrawn", "withdrawn")
    assert return_unapproved_case(case, "not_approved", by=cast.SYSTEM) is False


def test_nothing_is_carried_out_without_a_yes_or_twice(dear):
    case, approval = submitted(dear)
    with pytest.raises(ApprovalMissing):
        refund_approved_case(case, by=cast.SYSTEM)
    with pytest.raises(NotAllowed):
        refund_approved_case(case, by=cast.shopper())
    approve(approval, by=supervisor())
    refund_approved_case(case, by=cast.SYSTEM)
    with pytest.raises(ApprovalMissing):
        refund_approved_case(case, by=cast.SYSTEM)
    assert Refund.objects.count() == 1


def test_a_case_that_was_altered_after_it_was_submitted_is_not_paid(dear):
    case, approval = submitted(dear)
    approve(approval, by=supervisor())
    AfterSalesCase.objects.filter(pk=case.pk).update(amount_fen=99_999)
    run_reactions()
    assert not Refund.objects.exists()
