"""Parcels that travel by themselves: the demo's carriers, at the pace that it sets."""

import time
from collections.abc import Iterator
from random import Random
from threading import Thread

from shop.vendors.carriers.simulator.parcels import Parcels, Waybill
from shop.vendors.carriers.simulator.pushes import Pushes

LOOK_EVERY = 1.0
Step = tuple[str, str, str]
"""Code, words, place."""

HUBS = ("上海转运中心", "杭州转运中心", "武汉转运中心", "广州转运中心", "郑州转运中心")
USUAL: tuple[Step, ...] = (
    ("1", "已揽收，揽投员已取件", "山东 威海"),
    ("0", "已离开【威海集散中心】，发往下一站", "山东 威海"),
    ("0", "已到达【{hub}】", ""),
    ("0", "已离开【{hub}】，发往目的地", ""),
    ("5", "快件正在派送，请保持电话畅通", ""),
    ("3", "已签收，感谢使用，期待再次为您服务", ""),
)
TO_A_LOCKER: tuple[Step, ...] = (
    *USUAL[:5],
    ("501", "快件已存放至快递柜，请凭取件码取件", ""),
    ("3", "已从快递柜取出，签收", ""),
)
BACK: tuple[Step, ...] = (
    *USUAL[:5],
    ("14", "收件人拒收，快件将退回", ""),
    ("6", "退回件已发往寄件地", ""),
)
WAYS: tuple[tuple[tuple[Step, ...], int], ...] = ((USUAL, 84), (TO_A_LOCKER, 13), (BACK, 3))


class Journeys:
    """Scans every followed parcel when its next step is due: `pace` seconds apart, more or less."""

    def __init__(self, parcels: Parcels, pushes: Pushes, pace: float) -> None:
        self._parcels, self._pushes, self._pace = parcels, pushes, pace
        if pace:
            Thread(target=self._go_on, daemon=True).start()

    def _go_on(self) -> None:
        while True:
            for waybill in self._parcels.travelling():
                self.move(waybill, time.time())
            time.sleep(LOOK_EVERY)

    def move(self, waybill: Waybill, at: float) -> None:
        """Make the scans that are due by `at`, and tell of them."""
        steps = list(steps_of(waybill, self._pace))
        due = [step for due_at, step in steps[len(waybill.scans) :] if due_at <= at]
        for code, text, place in due:
            self._parcels.scan(waybill, code, text, place)
        if due:
            self._pushes.tell(waybill)


def steps_of(waybill: Waybill, pace: float) -> Iterator[tuple[float, Step]]:
    """When each step of its way is due; the same for the same number."""
    dice = Random(waybill.number)  # noqa: S311 - a play, and the same for the same number
    [steps] = dice.choices([way for way, _share in WAYS], [share for _way, share in WAYS])
    hub, due_at = dice.choice(HUBS), waybill.followed_at
    for code, text, place in steps:
        due_at += pace * dice.uniform(0.5, 1.5)
        yield due_at, (code, text.format(hub=hub), place)
