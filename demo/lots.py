"""The labels on the demo's goods: lots with believable dates, and three that need somebody's eye."""

import calendar
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from functools import cache, partial
from random import Random

from catalog.actions import LotFacts, recall_lot, receive_stock
from catalog.models import Lot, Sku
from demo import rhythm
from demo.content import products
from demo.plan import DAYS
from demo.timeline import Act, Cast

AGED = {"NL7004": 176}  # nuts that keep nine months: so many days old is the opening stock
RECALLED_DAYS_AGO = 1


@dataclass(frozen=True)
class Delivery:
    """Some units of one lot beside the usual supplies, made so many days before they arrive."""

    sku: str
    units: int
    days_ago: int
    document: str
    age: int
    awaits_check: bool = False


TO_CHECK = Delivery("NJ8001-1", 24, 2, "RK-JY-01", 35, awaits_check=True)
TO_RECALL = Delivery("NJ8002-1", 48, DAYS, "RK-JY-02", 300)


def label(sku: str, arrives_on: date, age: int | None = None) -> LotFacts:
    """What is printed on a SKU's goods that arrive on a day: the same again for the same."""
    months = _shelf_lives()[sku]
    dice = Random(f"颐禾堂:lot:{sku}:{arrives_on}")
    made = arrives_on - timedelta(days=age or dice.randint(20, 20 + months * 6))
    return LotFacts(f"{made:%Y%m%d}A{sku[-1]}", made, months_later(made, months))


def opening_label(sku: str, arrives_on: date) -> LotFacts:
    """The same for what the shop opens with, of which some is old."""
    return label(sku, arrives_on, AGED.get(sku.partition("-")[0]))


@cache
def _shelf_lives() -> dict[str, int]:
    return {
        code: int(sheet.text["shelf_life"].removesuffix("个月"))
        for sheet in products()
        for code in sheet.sku_codes()
    }


def months_later(day: date, months: int) -> date:
    """The same day so many months later (or earlier), or that month's last."""
    years, month = divmod(day.month - 1 + months, 12)
    year, month = day.year + years, month + 1
    return date(year, month, min(day.day, calendar.monthrange(year, month)[1]))


def uncommon_lots(present: datetime, cast: Cast) -> Iterator[Act]:
    """One lot waits for its incoming check; one was recalled when some of it had been sold."""
    today = rhythm.day_of(present)
    for delivery in (TO_CHECK, TO_RECALL):
        arrives_on = today - timedelta(days=delivery.days_ago)
        arrives_at = rhythm.at(arrives_on, rhythm.OPENS)
        yield Act(arrives_at, partial(_receive, delivery, arrives_on, cast), is_news=True)
    recalled_at = rhythm.at(today - timedelta(days=RECALLED_DAYS_AGO), rhythm.OPENS)
    yield Act(recalled_at, partial(_recall, TO_RECALL, cast), is_news=True)


def _receive(delivery: Delivery, arrives_on: date, cast: Cast) -> None:
    printed = label(delivery.sku, arrives_on, delivery.age)
    receive_stock(
        Sku.objects.get(code=delivery.sku),
        delivery.units,
        delivery.document,
        lot=replace(printed, awaits_check=delivery.awaits_check),
        by=cast.staff["cangku1"],
    )


def _recall(delivery: Delivery, cast: Cast) -> None:
    lot = Lot.objects.get(sku__code=delivery.sku, document=delivery.document)
    note = "供应商来函：该批次瓶盖密封不良，要求全部召回。"
    recall_lot(lot, Lot.Reason.SUPPLIER, note, by=cast.staff["hegui1"])
