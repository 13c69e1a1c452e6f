"""The lots of the two years: every other month as much of each SKU as is sold until the next."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from functools import cache
from random import Random

from django.db import connection

from catalog import rules
from catalog.actions import LotFacts
from catalog.events import LotArrived, LotExpired, LotQuarantined, StockReceived
from catalog.models import LOT_AGE, SHELF, SUPPLIER
from demo import rhythm
from demo.history.facts import Author, Facts
from demo.history.rows import Rows
from demo.history.year import RESTOCKED_EVERY
from demo.large.patterns import SCHEMA
from demo.large.size import DAYS
from demo.lots import label
from shop.clock import SHANGHAI

BATCH = 10_000
LAST_PERIOD = (DAYS - 1) // RESTOCKED_EVERY
OF_AGE = Author("clock", reason="a lot grows old")
SOLD_BY_LOT = f"""
CREATE UNLOGGED TABLE {SCHEMA}.lot AS
SELECT sku_id, period, units, %(last)s + row_number() OVER (ORDER BY period, sku_id) AS lot_id
FROM (SELECT sku_id, period, sum(units)::int AS units
      FROM (SELECT g.sku_id, t.lot_id AS period, t.shipped AS units
            FROM {SCHEMA}.catalog_lotallotment t JOIN {SCHEMA}.copy c ON c.owner = t.owner
            JOIN {SCHEMA}.good g ON g.rep = t.sku_id AND g.slot = c.slot
            UNION ALL
            SELECT id, %(newest)s, 0 FROM catalog_sku) AS sold
      GROUP BY sku_id, period) AS by_lot
"""
LOTS_IN_ORDER = f"""
SELECT l.lot_id, l.period, l.units, s.id, s.code FROM {SCHEMA}.lot l
JOIN catalog_sku s ON s.id = l.sku_id WHERE l.lot_id > %s ORDER BY l.lot_id LIMIT %s
"""


@dataclass(frozen=True)
class Came:
    """A lot with all that ever came of it."""

    lot_id: int
    period: int
    sold: int
    sku_id: int
    code: str
    begin: date

    @property
    def arrived_at(self) -> datetime:
        day = self.begin + timedelta(days=self.period * RESTOCKED_EVERY - 1)
        return rhythm.at(day, rhythm.OPENS)

    @property
    def units(self) -> int:
        """The newest lot has a rest that can still be sold; of some SKU nothing is left."""
        if self.period < LAST_PERIOD:
            return self.sold
        rest = Random(self.code).choice((0, 8, 20, 36, 60, 90, 140))
        return self.sold + (rest or int(self.sold == 0))

    @property
    def printed(self) -> LotFacts:
        """Two deliveries may be of one day's making; the letter tells them apart."""
        kind, position = self.code.rpartition("L")[0], self.code.rpartition("-")[2]
        label_of_kind = _printed(f"{kind}-{position}", rhythm.day_of(self.arrived_at))
        letter = chr(ord("A") + self.period)
        return replace(label_of_kind, code=label_of_kind.code.replace("A", letter))


@cache
def _printed(sku: str, arrives_on: date) -> LotFacts:
    return label(sku, arrives_on)


def period_of(shipped_at: datetime, begin: date) -> int:
    """Which delivery it was taken from: goods last until the next one comes."""
    days = (rhythm.day_of(shipped_at) - begin).days
    return min(days // RESTOCKED_EVERY, LAST_PERIOD)


def write_lots(
    begin: date, present: datetime, hands: int, rows: Rows, facts: Facts
) -> Iterator[int]:
    """All lots that the copies were taken from, and a newest one of every SKU; yields how many."""
    receiving = Author("desk", user_id=hands)
    with connection.cursor() as cursor:
        last = rows.next_number("catalog_lot") - 1
        cursor.execute(SOLD_BY_LOT, {"last": last, "newest": LAST_PERIOD})
        cursor.execute(f"ALTER TABLE {SCHEMA}.lot ADD PRIMARY KEY (sku_id, period)")
        cursor.execute(f"CREATE INDEX ON {SCHEMA}.lot (lot_id)")
        while True:
            cursor.execute(LOTS_IN_ORDER, [last, BATCH])
            if not (found := cursor.fetchall()):
                return
            for lot_id, period, sold, sku_id, code in found:
                came = Came(lot_id, period, sold, sku_id, code, begin)
                _receive(came, present, receiving, rows, facts)
            last = found[-1][0]
            rows.write()
            yield last


def _receive(came: Came, present: datetime, by: Author, rows: Rows, facts: Facts) -> None:
    """As `receive_stock` leaves it, and what its age has done to it since."""
    at, printed = came.arrived_at, came.printed
    document = f"RK{at:%Y%m%d}"
    lot_id = _lot(came, printed, document, present, rows)
    assert lot_id == came.lot_id
    facts.tell(LotArrived(lot_id, came.sku_id), at, by)
    _goods(came, printed, document, by, rows)
    facts.tell(StockReceived(came.sku_id, came.units, document), at, by)
    _aged(came, printed, present, rows, facts)


def _lot(came: Came, printed: LotFacts, document: str, present: datetime, rows: Rows) -> int:
    status, reason, version = _state(printed, rhythm.day_of(present))
    return rows.add(
        "catalog_lot",
        sku_id=came.sku_id,
        code=printed.code,
        produced_on=printed.produced_on,
        expires_on=printed.expires_on,
        document=document,
        status=status,
        reason=reason,
        note="",
        version=version,
        received_at=came.arrived_at,
    )


def _state(printed: LotFacts, today: date) -> tuple[str, str, int]:
    _near, last_sale, end = _days(printed)
    if end <= today:
        return "expired", "", 3
    return ("quarantined", "last_sale", 2) if last_sale <= today else ("sellable", "", 1)


def _days(printed: LotFacts) -> tuple[date, date, date]:
    made, end = printed.produced_on, printed.expires_on
    assert made is not None and end is not None
    return rules.near_expiry_on(made, end), rules.last_sale_on(made, end), end


def _goods(came: Came, printed: LotFacts, document: str, by: Author, rows: Rows) -> None:
    rows.add(
        "catalog_lotmove",
        cause="received",
        sku_id=came.sku_id,
        lot_id=came.lot_id,
        from_place_id=SUPPLIER,
        to_place_id=SHELF,
        quantity=came.units,
        reference=document,
        step=1,
        at=came.arrived_at,
        by_id=by.user_id,
    )
    rows.add(
        "catalog_stockmove",
        sku_id=came.sku_id,
        cause="received",
        quantity=came.units,
        reference=f"{document} {printed.code}",
        at=came.arrived_at,
    )


def _aged(came: Came, printed: LotFacts, present: datetime, rows: Rows, facts: Facts) -> None:
    """Nothing was left of it when its days came: nobody had to be warned, nothing was set aside."""
    days = [datetime.combine(day, time.min, SHANGHAI) for day in _days(printed)]
    for level, due_at in enumerate(days, start=1):
        has_fired = due_at <= present
        rows.add(
            "timing_timer",
            kind=LOT_AGE,
            subject=f"lot:{came.lot_id}",
            generation=1,
            level=level,
            due_at=due_at,
            state="fired" if has_fired else "armed",
            fired_at=due_at + timedelta(seconds=1) if has_fired else None,
            attempts=0,
            try_at=due_at,
            last_error="",
        )
    _near, last_sale, end = days
    told_at = timedelta(seconds=1)
    if last_sale <= present:
        withdrawn = LotQuarantined(came.lot_id, came.sku_id, "last_sale", 0, 0)
        facts.tell(withdrawn, last_sale + told_at, OF_AGE)
    if end <= present:
        facts.tell(LotExpired(came.lot_id, came.sku_id, 0, 0), end + told_at, OF_AGE)
