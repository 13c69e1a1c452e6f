"""What happens to stock because time passes."""

from datetime import datetime

from django.utils.translation import gettext_lazy as _

from catalog import actions
from catalog.kinds import GOODS_SHORT, STOCK_DIFFERS
from catalog.models import LOT_AGE, Lot, Sku
from catalog.selectors import skus_out_of_balance
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
