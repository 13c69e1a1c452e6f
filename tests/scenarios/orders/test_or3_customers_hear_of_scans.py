"""OR3: the customer hears of the scans that matter, each once, within what they allowed."""

from datetime import datetime, timedelta

import pytest

from orders.actions import ScanNews, record_scans
from shop.clock import SHANGHAI, turned_to
from shop.events.relay import run_reactions
from shop.figures.registry import CONTROLS
from shop.figures.rules import Figure, is_kept
from shop.figures.selectors import control_figure
from shop.identity.actors import Actor
from shop.notices.actions.preferences import allow_messages
from shop.notices.models import Notice, NoticeSending
from tests import cast
from tests.make import make_order

pytestmark = [pytest.mark.django_db, pytest.mark.article("OR3", "A4.2c")]
NOON = datetime(2026, 11, 18, 12, tzinfo=SHANGHAI)
MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)
TOLD = {"delivering": "orders.parcel_delivering", "signed": "orders.parcel_signed",
        "trouble": "orders.parcel_trouble"}  # fmt: skip


@pytest.fixture
def parcel():
    with turned_to(NOON):
        order = make_order("shipped")
        run_reactions()
        return order.parcels.get()


def heard(parcel, *scans, at=None):
    """(hours after the shipping, state) each; all of them told at once."""
    last = max(hours for hours, _state in scans) if at is None else at
    with turned_to(NOON + last * HOUR + MINUTE):
        news = [ScanNews(NOON + hours * HOUR, state, f"扫描{hours}") for hours, state in scans]
        record_scans(parcel, news, by=cast.SYSTEM)
        run_reactions()


def notices():
    kinds = Notice.objects.filter(kind__in=TOLD.values()).order_by("pk")
    return list(kinds.values_list("kind", flat=True))


def test_each_scan_that_matters_is_told_once(parcel):
    heard(parcel, (1, "collected"))
    heard(parcel, (2, "moving"))
    assert notices() == []
    heard(parcel, (3, "delivering"))
    heard(parcel, (4, "trouble"))
    heard(parcel, (5, "delivering"))
    heard(parcel, (6, "signed"))
    assert notices() == [TOLD[state] for state in ("delivering", "trouble", "delivering", "signed")]


def test_what_is_repeated_or_out_of_order_is_told_to_nobody(parcel):
    heard(parcel, (3, "delivering"))
    heard(parcel, (3, "delivering"))
    heard(parcel, (4, "delivering"))
    assert notices() == [TOLD["delivering"]], "the same news, however often"
    heard(parcel, (6, "signed"))
    heard(parcel, (5, "trouble"), at=7)
    heard(parcel, (6, "signed"), (2, "delivering"), at=8)
    assert notices() == [TOLD["delivering"], TOLD["signed"]]


def test_of_what_is_told_together_the_latest_alone_matters(parcel):
    heard(parcel, (3, "delivering"), (4, "trouble"), (6, "signed"))
    assert notices() == [TOLD["signed"]]


def test_what_was_overtaken_before_it_went_out_is_withdrawn(parcel, settings):
    allow(parcel, settings)
    with turned_to(NOON + 10 * HOUR):  # ten at night: it waits for the morning
        record_scans(parcel, [ScanNews(NOON + 9 * HOUR, "delivering", "派送")], by=cast.SYSTEM)
        run_reactions()
        assert sending().status == "held"
        record_scans(parcel, [ScanNews(NOON + 9.5 * HOUR, "signed", "签收")], by=cast.SYSTEM)
    late = sending()
    assert not late.notice.declared.still_matters(late.notice)


def allow(parcel, settings):
    settings.WECHAT_TEMPLATES = {kind.partition(".")[2]: kind.ljust(43, "-")
                                 for kind in TOLD.values()}  # fmt: skip
    customer, templates = parcel.order.customer, list(settings.WECHAT_TEMPLATES.values())
    allow_messages(customer, templates, by=Actor.shopper(customer))


def sending():
    return NoticeSending.objects.select_related("notice").get(notice__kind=TOLD["delivering"])


def test_who_allowed_none_gets_none_and_that_is_on_record(parcel, settings):
    settings.WECHAT_TEMPLATES = {"parcel_delivering": "d" * 43}
    heard(parcel, (3, "delivering"))
    assert (sending().status, sending().reason) == ("refused", "no_quota")


CONTROL = CONTROLS["OR3.told"]


@pytest.mark.control("OR3")
@pytest.mark.parametrize("is_set_up", [False, True])
def test_what_was_not_told_breaks_it_and_is_named(parcel, settings, is_set_up):
    """Without a template in WeChat nobody is told: that is our fault, not the customer's choice."""
    settings.WECHAT_TEMPLATES = {"parcel_delivering": "d" * 43} if is_set_up else {}
    heard(parcel, (3, "delivering"))
    with turned_to(NOON + 48 * HOUR):
        span = NOON.date(), (NOON + 24 * HOUR).date()
        figure, cases = control_figure(CONTROL, *span), list(CONTROL.cases(*span))
    if is_set_up:
        assert figure == Figure(0, 0), "the customer allowed no message"
    else:
        assert (figure, is_kept(figure, CONTROL.target_bp)) == (Figure(0, 1), False)
        assert [case.pk for case in cases] == [parcel.pk]
