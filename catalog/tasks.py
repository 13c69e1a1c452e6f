"""What happens to stock because time passes."""

from datetime import datetime

from django.utils.translation import gettext_lazy as _

from catalog import actions
from catalog.kinds import GOODS_SHORT, STOCK_DIFFERS
from catalog.models import (
    LOT_AGE,
    PRICE_DUE,
    DelistingCandidate,
    Lot,
    PriceChange,
    Product,
    Sku,
)
from catalog.selectors import skus_out_of_balance
from catalog.selectors.candidates import proposals
from shop.identity.actors import Actor, Door
from shop.timing.jobs import clock_job
from shop.timing.models import Timer
from shop.timing.sweeper import fires
from shop.work.kinds import WorkKind
from shop.work.models import WorkItem

STEPS = {
    1: actions.warn_of_expiry,
    2: actions.withdraw_lot_in_time,
    3: actions.expire_lot,
}


@fires(LOT_AGE)
def age_lot(timer: Timer) -> bool:
    """By its level: people are told, it leaves the shelves, it has expired (at local midnight)."""
    lot = Lot.objects.get(pk=timer.subject.removeprefix("lot:"))
    by = Actor.system("a lot grows old", Door.CLOCK)
    return STEPS[timer.level](lot, by=by)


@fires(PRICE_DUE)
def change_price(timer: Timer) -> bool:
    """The day of an approved price has come; False: it was withdrawn meanwhile."""
    change = PriceChange.objects.get(pk=timer.subject.removeprefix("price_change:"))
    by = Actor.system("the day of an approved price", Door.CLOCK)
    return actions.put_price_in_effect(change, by=by)


@clock_job(
    "catalog.prove_stock",
    _("Prove that stock and ledger agree"),
    {"times": ["02:40"]},
    catch_up="latest_only",
)
def prove_stock(slot_at: datetime) -> None:
    """What differs becomes work; work about what agrees again, or is covered again, is done."""
    by = Actor.system("the nightly proof", Door.CLOCK)
    wrong, known = skus_out_of_balance(), _skus_with(STOCK_DIFFERS)
    for sku in Sku.objects.filter(pk__in=wrong | known).order_by("pk"):
        if sku.pk in wrong:
            actions.report_difference(sku, by=by)
        else:
            actions.settle_difference(sku, by=by)
    for sku in Sku.objects.filter(pk__in=_skus_with(GOODS_SHORT)).order_by("pk"):
        actions.settle_shortage(sku, by=by)


def _skus_with(kind: WorkKind) -> set[int]:
    """Those that open work of a kind is about."""
    subjects = WorkItem.objects.open().filter(kind=kind.code).values_list("subject", flat=True)
    return {int(subject.removeprefix("sku:")) for subject in subjects}


@clock_job(
    "catalog.propose_delistings",
    _("Propose what should go off sale"),
    {"times": ["03:10"]},
    catch_up="latest_only",
)
def propose_delistings(slot_at: datetime) -> None:
    """By the rules in use (D4.2.3); what none proposes any longer is dropped."""
    by = Actor.system("the nightly look at sales, stock, returns and papers", Door.CLOCK)
    found = {(one.product_id, one.rule): one for one in proposals()}
    for candidate in DelistingCandidate.objects.open().order_by("pk"):
        if (candidate.product_id, candidate.rule) not in found:
            actions.lapse_candidate(candidate, by=by)
    for one in found.values():
        product = Product.objects.get(pk=one.product_id)
        actions.propose_delisting(product, one.rule, one.threshold, one.figures, by=by)
