"""Builds the large shop in an empty database that has its tables: what, in which order."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db import connection, transaction

from catalog.models import Offer
from demo import rhythm
from demo.content import specifications
from demo.history.bulk import in_bulk
from demo.history.facts import Facts
from demo.history.orders import Delivered, Stage
from demo.history.rows import WRITTEN_IN, Rows
from demo.history.writing import stage_for
from demo.large.buyers import Crowd, copies_of
from demo.large.constraints import references_within, without_keys
from demo.large.customers import write_crowd
from demo.large.foundation import found
from demo.large.goods import Listers, list_goods
from demo.large.lots import period_of, write_lots
from demo.large.multiplying import multiply
from demo.large.patterns import Patterns
from demo.large.plan import code_in, patterns
from demo.large.sealing import seal_everything
from demo.large.size import COPIES, DAYS, Size
from demo.large.staging import forget_all, make_room, stage_copies, stand_on_shelves
from demo.plan import PlannedOrder
from demo.timeline import Cast
from shop.clock import now
from shop.figures.actions import measure_days
from shop.identity.actors import Actor, Door
from shop.identity.models import Customer

ENDED_DAYS_AGO = 4  # when the last pattern is placed, all of it has left the house by now
BATCH = 1_000  # patterns
NOBODY = Customer(pk=0, party_id=0)
BY = Actor.system("the large shop is built", Door.COMMAND)
TAKE_FROM_OFFERS = """
UPDATE catalog_offer AS offer SET available = moved.units, version = moved.times + 1
FROM (SELECT sku_id, sum(quantity) AS units, count(*) AS times
      FROM catalog_stockmove GROUP BY sku_id) AS moved
WHERE moved.sku_id = offer.sku_id
"""
Say = Callable[[str, int, int], None]
"""What is being written, how many of it are there, and how many there will be."""


@dataclass
class Built:
    """What stands there now."""

    products: int
    customers: int
    orders: int
    rows: int


def build(size: Size, say: Say) -> Built:
    """The whole shop up to now, in the database that is connected and stays its own."""
    built = write(size, say)
    _execute("VACUUM")
    say("按日指标", 0, 0)
    _measure(rhythm.day_of(now()))
    say("封存", 0, 0)
    seal_everything()
    _execute("VACUUM ANALYZE records_seal")
    return built


def write(size: Size, say: Say) -> Built:
    """All but what the nights measured and the sealer sealed. All or nothing."""
    with transaction.atomic():
        cast = found(now())
        say("员工、规章、货架", 0, 0)
        built = Building(size, cast, now(), say).write()
        say("统计信息", 0, 0)
        _execute("ANALYZE")
    return built


class Building:
    """The part that is written in bulk: goods, customers, orders."""

    def __init__(self, size: Size, cast: Cast, present: datetime, say: Say) -> None:
        self.size, self.cast, self.present, self.say = size, cast, present, say
        self.end = rhythm.day_of(present) - timedelta(days=ENDED_DAYS_AGO)
        self.rows = Rows()
        self.facts = Facts(self.rows)
        self.crowd = Crowd()

    @property
    def begin(self) -> date:
        return self.end - timedelta(days=DAYS)

    def write(self) -> Built:
        """In the caller's transaction, which has no limits of time from here on."""
        make_room()
        with in_bulk():
            references = references_within(WRITTEN_IN)
            with without_keys(WRITTEN_IN):
                written = self._write_all(references)
                self.say("索引与约束", 0, 0)
            self.say("余额与可售数", 0, 0)
            _execute(TAKE_FROM_OFFERS)
        forget_all()
        return Built(self.size.products, len(self.crowd.first_at), self.size.orders, written)

    def _write_all(self, references: Mapping[str, set[str]]) -> int:
        self._goods()
        planned = list(patterns(self.end, self.size))
        staged = self._stage(planned)
        self.rows.leave_room(staged.last_numbers)
        self._copies(planned)
        self._customers()
        self._lots()
        self.facts.end()
        self.rows.write()
        written, total = 0, staged.count * COPIES
        for count in multiply(staged, references):
            written += count
            self.say("订单留下的行", written, total)
        return written

    def _goods(self) -> None:
        begins = rhythm.at(self.begin - timedelta(days=50), rhythm.OPENS)
        by = Listers(*(self._id_of(name) for name in ("yunying1", "hegui1", "yunying", "jishu")))
        list_goods(self.size, begins, by, self.rows, self.facts)
        self.rows.write()
        stand_on_shelves(self.size)
        self.say("商品", self.size.products, self.size.products)

    def _id_of(self, username: str) -> int:
        user = self.cast.staff[username].user
        assert user is not None
        return user.pk

    def _stage(self, planned: list[PlannedOrder]) -> Patterns:
        codes = [
            code_in(rank, sku) for sku in specifications() for rank in range(self.size.families)
        ]
        stage = stage_for(self.cast, self.present, Offer.objects.filter(sku__code__in=codes))
        rows = Patterns()
        for owner, plan in enumerate(planned):
            rows.owner = owner
            self._leave(plan, stage, rows)
            if owner % BATCH == BATCH - 1 or owner == len(planned) - 1:
                rows.write()
                self.say("订单样板", owner + 1, len(planned))
        return rows

    def _leave(self, plan: PlannedOrder, stage: Stage, rows: Patterns) -> None:
        assert plan.shipped_at is not None
        period, facts = period_of(plan.shipped_at, self.begin), Facts(rows)
        picked = {code: [(period, units)] for code, units in plan.lines}
        Delivered(plan, NOBODY, picked, stage).leave(rows, facts)
        facts.end()

    def _copies(self, planned: list[PlannedOrder]) -> None:
        customer, party = map(self.rows.next_number, ("identity_customer", "identity_party"))
        count = stage_copies(copies_of(planned, self.crowd), customer, party)
        self.say("下单的人与时刻", count, len(planned) * COPIES)

    def _customers(self) -> None:
        for count in write_crowd(self.crowd, self.rows, self.facts):
            self.say("顾客", count, len(self.crowd.first_at))

    def _lots(self) -> None:
        hands = self._id_of("cangku1")
        for count in write_lots(self.begin, self.present, hands, self.rows, self.facts):
            self.say("批次", count, 0)


def _measure(today: date) -> None:
    """Every figure of every day, as each night would have done it; at once, as each reads all."""
    first = today - timedelta(days=DAYS + ENDED_DAYS_AGO)
    measure_days(first, today - timedelta(days=1), by=BY)


def _execute(statement: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement)
