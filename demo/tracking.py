"""What carriers scanned of the demo's past parcels, between the shipping and the signature."""

from collections.abc import Callable, Iterator
from datetime import timedelta
from functools import partial

from demo.plan import PlannedOrder
from demo.timeline import Act

Heard = Callable[[str, str, str], None]
"""Told of a scan: its state, the carrier's words, the place."""

COLLECTED_AFTER = timedelta(hours=3)
HUB_AFTER = timedelta(hours=14)
DELIVERING_BEFORE = timedelta(hours=4)  # the signature
HOME = "山东 威海"


def scans(plan: PlannedOrder, heard: Heard) -> Iterator[Act]:
    """Its scans but the last, which the signature is."""
    if plan.shipped_at is None:
        return
    city = plan.to.city
    yield Act(
        plan.shipped_at + COLLECTED_AFTER, partial(heard, "collected", "已揽收，揽投员已取件", HOME)
    )
    yield Act(
        plan.shipped_at + HUB_AFTER,
        partial(heard, "moving", f"已离开【威海集散中心】，发往【{city}】", HOME),
    )
    if plan.signed_at is not None:
        out = max(plan.signed_at - DELIVERING_BEFORE, plan.shipped_at + HUB_AFTER)
        if out < plan.signed_at:
            yield Act(out, partial(heard, "delivering", "快件正在派送，请保持电话畅通", city))
