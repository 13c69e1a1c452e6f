"""Over what one person grants in a day a second one is asked; splitting does not help (C6.1.2)."""

from datetime import timedelta

import pytest
from django.contrib.auth.models import Group

from orders.actions import (
    accept_case,
    open_case,
    record_refund,
    refund_approved_case,
    refund_approved_dispute,
    refund_dispute,
    return_unapproved_case,
    settle_payment,
    withdraw_case,
)
from orders.models import AfterSalesCase, PaymentDispute, Refund
from shop.clock import now, turned_to
from shop.errors import NotAllowed
from shop.events.relay import run_reactions
from shop.identity.actors import Actor
from shop.identity.models import User
from shop.timing.sweeper import sweep_timers
from shop.work.actions.approvals import approve, reject, withdraw
from shop.work.actions.items import close_item
from shop.work.errors import (
    ApprovalMissing,
    AskedAlready,
    DutiesConflict,
    NotYourDecision,
    OwnApproval,
)
from shop.work.models import Approval, WorkItem
from tests import cast
from tests.doors.conftest import desk_of
from tests.make import make_case, make_order, make_sku, news_for, receipt_for

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


# money that fits no order is money too


@pytest.fixture
def clerk():
    return cast.staff("finance")


def second_payment(order):
    receipt = receipt_for(order.payments.get(), transaction_id=f"43{order.pk:026}")
    settle_payment(receipt, by=cast.SYSTEM)
    return PaymentDispute.objects.get(payment__order=order)


@pytest.fixture
def disputed(dear, clerk):
    """¥1,000 that came twice."""
    return second_payment(dear)


def test_disputed_money_over_the_limit_waits_for_a_second_person_and_then_goes(
    disputed, clerk, oracle
):
    assert refund_dispute(disputed, by=clerk) is None
    assert not Refund.objects.exists()
    approval = Approval.objects.get()
    assert (approval.amount_fen, approval.subject) == (100_000, disputed.stream)
    with pytest.raises(OwnApproval):
        approve(approval, by=clerk)
    approve(approval, by=supervisor())
    run_reactions()
    assert Refund.objects.get().amount_fen == 100_000
    assert fresh(approval).status == "used"


def test_asked_again_it_is_the_same_question_and_of_another_nobodys(disputed, clerk):
    for _ in range(2):
        assert refund_dispute(disputed, by=clerk) is None
    assert Approval.objects.count() == 1
    with pytest.raises(AskedAlready):
        refund_dispute(disputed, by=cast.staff("finance", "2"))


def test_small_disputes_of_one_day_count_together(clerk):
    sku = make_sku(price_fen=20_000)
    given = [
        refund_dispute(second_payment(make_order("paid", sku=sku)), by=clerk) for _ in range(3)
    ]
    assert [one is None for one in given] == [False, False, True], "¥600 in one day"


def test_without_a_yes_disputed_money_goes_nowhere(disputed, clerk):
    for by in (clerk, cast.SYSTEM):
        with pytest.raises((NotAllowed, ApprovalMissing)):
            refund_approved_dispute(disputed, by=by)
    refund_dispute(disputed, by=clerk)
    reject(Approval.objects.get(), comment="先与微信账单核对", by=supervisor())
    run_reactions()
    assert not Refund.objects.exists()
    assert WorkItem.objects.open().filter(kind="payment_dispute").exists(), "finance's work still"


def test_a_dispute_that_was_altered_after_it_was_asked_for_is_not_paid(disputed, clerk):
    refund_dispute(disputed, by=clerk)
    approve(Approval.objects.get(), by=supervisor())
    PaymentDispute.objects.filter(pk=disputed.pk).update(amount_fen=999_999)
    run_reactions()
    assert not Refund.objects.exists()


def test_a_yes_to_a_refund_that_was_closed_is_none_to_the_next(disputed, clerk, oracle):
    refund_dispute(disputed, by=clerk)
    approve(Approval.objects.get(), by=supervisor())
    run_reactions()
    record_refund(news_for(Refund.objects.get(), "CLOSED"), by=cast.SYSTEM)
    with pytest.raises(ApprovalMissing):
        refund_approved_dispute(disputed, by=cast.SYSTEM)
    assert refund_dispute(disputed, by=clerk) is None
    assert Approval.objects.live().get().target_version == 2


def test_who_judged_the_payment_does_not_approve_its_refund(disputed, clerk):
    """A supervisor of service who also keeps the books: two posts, one pair of hands."""
    both = cast.staff("service_supervisor", "2")
    both.user.groups.add(Group.objects.get(name="finance"))
    both = Actor.staff(User.objects.get(pk=both.user.pk))
    close_item(WorkItem.objects.get(kind="payment_dispute"), "refunded", "已核对", by=both)
    refund_dispute(disputed, by=clerk)
    with pytest.raises(DutiesConflict):
        approve(Approval.objects.get(), by=both)
    assert approve(Approval.objects.get(), by=supervisor()).status == "granted"


def test_the_orders_page_lists_its_refunds_with_what_they_are_of(clerk):
    order = make_order("paid")
    dispute = second_payment(order)
    refund = refund_dispute(dispute, by=clerk)
    page = f"/admin/orders/order/{order.pk}/change/"
    shown = desk_of("finance").get(page).content.decode()
    assert refund.out_refund_no in shown
    assert f"/admin/orders/paymentdispute/{dispute.pk}/change/" in shown
    assert refund.out_refund_no not in desk_of("warehouse").get(page).content.decode()


def test_a_dispute_that_waits_for_a_yes_has_no_button_and_says_so_when_it_was_pressed(disputed):
    finance = desk_of("finance")
    act = f"/admin/desk/act/orders.refund_dispute/{disputed.pk}/"
    page = f"/admin/orders/paymentdispute/{disputed.pk}/change/"
    assert act in finance.get(page).content.decode()
    told = finance.post(act, {}, headers={"Accept": "application/json"}).json()
    assert told == {"message": "已超出个人当日退款限额，已提交他人审批。"}
    assert act not in finance.get(page).content.decode()
