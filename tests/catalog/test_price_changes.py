"""ask_price_change to put_price_in_effect: two people, reasons, a day, limits (CA7)."""

from datetime import UTC, datetime, timedelta

import pytest
from django.db import IntegrityError, transaction

from catalog import rules
from catalog.actions import (
    ask_price_change,
    drop_price_change,
    price_sku,
    put_price_in_effect,
    schedule_price_change,
    withdraw_price_change,
)
from catalog.errors import NeedsSecondPerson, NotPriced, OutsideLimits, PriceChangePending
from catalog.models import Offer, PriceChange
from catalog.selectors.prices import price_history
from shop.clock import now, today, turned_to
from shop.errors import IllegalTransition, InvalidValue, NotAllowed
from shop.events.relay import run_reactions
from shop.figures.registry import CONTROLS
from shop.figures.rules import Figure
from shop.figures.selectors import control_figure
from shop.timing.sweeper import sweep_timers
from shop.work.actions.approvals import approve, reject
from shop.work.errors import ApprovalMissing, OwnApproval
from shop.work.models import Approval
from tests import cast
from tests.catalog.prices import proposal
from tests.make import make_new_sku, make_sku

pytestmark = [pytest.mark.django_db, pytest.mark.article("CA7", "C3.2.1")]
ASKER, DECIDER = "operations_specialist", "operations_manager"
DAY = timedelta(days=1)


def asked(sku=None, **more):
    return ask_price_change(sku or make_sku(stock=0), proposal(**more), by=cast.staff(ASKER))


def decided(change, decide=approve, by=DECIDER, **said):
    decide(Approval.objects.get(subject=change.subject), by=cast.staff(by), **said)
    run_reactions()
    change.refresh_from_db()
    return change


def price_of(sku):
    return Offer.objects.values_list("price_fen", "member_price_fen").get(sku=sku)


def test_with_a_second_persons_yes_it_holds_at_once():
    change = asked()
    assert (change.before_fen, price_of(change.sku)) == (12_800, (12_800, None))
    assert decided(change).status == "effective"
    assert price_of(change.sku) == (9_900, 9_500)
    assert change.approved_by == cast.staff(DECIDER).user


def test_nobody_approves_their_own():
    sku = make_sku(stock=0)
    change = ask_price_change(sku, proposal(), by=cast.staff(DECIDER))
    with pytest.raises(OwnApproval):
        decided(change)
    with pytest.raises(ApprovalMissing):
        schedule_price_change(change, by=cast.SYSTEM)
    assert price_of(sku) == (12_800, None)
    with pytest.raises(IntegrityError, match="price_changed_by_two"), transaction.atomic():
        PriceChange.objects.filter(pk=change.pk).update(approved_by=change.asked_by)


def test_alone_a_price_is_set_only_before_the_first_review():
    new, live = make_new_sku(), make_sku(stock=0)
    price_sku(new, 11_100, by=cast.staff(DECIDER))
    with pytest.raises(NeedsSecondPerson):
        price_sku(live, 11_100, by=cast.staff(DECIDER))
    assert (price_of(new)[0], price_of(live)[0]) == (11_100, 12_800)


def test_a_scheduled_price_takes_effect_on_its_day_and_not_before():
    day = now() + 3 * DAY
    change = decided(asked(effective_at=day))
    assert (change.status, price_of(change.sku)[0]) == ("approved", 12_800)
    with turned_to(day - timedelta(seconds=5)):
        sweep_timers()
        assert price_of(change.sku)[0] == 12_800
    with turned_to(day + timedelta(seconds=5)):
        sweep_timers()
        assert price_of(change.sku)[0] == 9_900
        assert not put_price_in_effect(change, by=cast.SYSTEM), "once"


def test_withdrawn_before_its_day_it_never_holds():
    change = decided(asked(effective_at=now() + DAY))
    withdraw_price_change(change, by=cast.staff(ASKER))
    with turned_to(now() + 2 * DAY):
        sweep_timers()
    assert price_of(change.sku)[0] == 12_800
    with pytest.raises(IllegalTransition):
        withdraw_price_change(change, by=cast.staff(ASKER))


def test_refused_the_price_stays_and_another_may_be_asked_for():
    change = asked()
    with pytest.raises(PriceChangePending):
        asked(change.sku)
    assert decided(change, reject, comment="毛利太低").status == "refused"
    assert drop_price_change(change, by=cast.SYSTEM).status == "refused"
    assert decided(asked(change.sku, price_fen=10_900)).status == "effective"
    assert price_of(change.sku)[0] == 10_900


@pytest.mark.parametrize(
    ("more", "field"),
    [
        ({"floor_fen": 9_600}, "price_fen"),
        ({"ceiling_fen": 9_800}, "price_fen"),
        ({"member_price_fen": 10_000}, "price_fen"),
        ({"ceiling_fen": 10_000_001}, "ceiling_fen"),
        ({"cost_fen": 0}, "cost_fen"),
        ({"reason": "whim"}, "reason"),
        ({"why": "　"}, "why"),
        ({"why": "长" * 301}, "why"),
        ({"competitors": ()}, "competitors"),
        ({"effective_at": datetime(2025, 1, 1, tzinfo=UTC)}, "effective_at"),
    ],
)
def test_without_grounds_or_sane_limits_nothing_is_asked(more, field):
    sku = make_sku(stock=0)
    with pytest.raises(InvalidValue) as refusal:
        asked(sku, **more)
    assert list(refusal.value.fields) == [field]
    assert not PriceChange.objects.exists()


@pytest.mark.parametrize("role", ["warehouse", "service_agent", "technical_lead"])
def test_operations_alone_ask(role):
    with pytest.raises(NotAllowed):
        ask_price_change(make_sku(stock=0), proposal(), by=cast.staff(role))


def test_what_has_no_price_is_priced_first():
    sku = make_new_sku()
    Offer.objects.filter(sku=sku).delete()
    with pytest.raises(NotPriced):
        asked(sku)


def test_no_price_leaves_the_limits_that_were_approved():
    sku = decided(asked()).sku
    for price in (7_999, 15_001):
        with pytest.raises(OutsideLimits):
            price_sku(sku, price, by=cast.SYSTEM)
    assert price_of(sku) == (9_900, 9_500)


T = datetime(2026, 6, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("history", "expected"),
    [
        ([], None),
        ([(60, 12_800)], 12_800),
        ([(60, 12_800), (30, 11_000)], 11_000),
        ([(60, 12_800), (3, 10_500)], 10_500),
        ([(60, 9_000), (3, 12_800)], None),
        ([(60, 9_000), (8, 12_800)], 12_800),
        ([(60, 12_800), (5, 9_800), (2, 15_000)], None),
        ([(60, 9_900)], None),
        ([(3, 12_800)], 12_800),
    ],
)
def test_the_reference_is_the_lowest_of_the_seven_days_before(history, expected):
    known = [(T - days * DAY, fen) for days, fen in history]
    assert rules.reference_price(known, T, 9_900) == expected


def test_the_history_says_from_when_until_when_and_by_whom():
    change = decided(asked())
    first, second = price_history(change.sku)
    assert (first.price_fen, first.change, first.until) == (12_800, None, second.since)
    assert (second.price_fen, second.lowest_fen, second.until) == (9_900, 9_500, None)
    assert (second.change, second.asked_by) == (change, cast.staff(ASKER).user)


def test_a_price_that_nobody_approved_breaks_the_article_and_is_named():
    control = CONTROLS["CA7.two"]
    good, bad = decided(asked()).sku, make_sku(stock=0)
    assert control_figure(control, today(), today()) == Figure(1, 1)
    price_sku(bad, 9_900, by=cast.SYSTEM)
    assert control_figure(control, today(), today()) == Figure(1, 2)
    assert list(control.cases(today(), today())) == [bad] != [good]
