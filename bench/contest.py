"""W5: two hundred buyers at once for one hundred units."""

from collections import Counter
from dataclasses import dataclass, field

import psycopg

from bench.goods import buyers, hot_sku
from bench.load import Seen, all_at_once, fresh_key, request
from bench.stage import Stage
from bench.works import policies

BUYERS, UNITS = 200, 100
PRICE_FEN = 9_900


@dataclass
class Contest:
    """Seconds until the last was answered, round by round, and what ours told (status → times)."""

    ours: list[float] = field(default_factory=list)
    raw: list[float] = field(default_factory=list)
    told: list[Counter[int]] = field(default_factory=list)
    left: list[int] = field(default_factory=list)

    @property
    def is_right(self) -> bool:
        """Every unit sold, once, and everybody else told that it is sold out."""
        expected = Counter({201: UNITS, 409: BUYERS - UNITS})
        return all(told == expected for told in self.told) and not any(self.left)


def contest(stage: Stage, rounds: int) -> Contest:
    found, crowd, agreed = Contest(), buyers(BUYERS), policies()
    for _ in range(rounds):
        sku = hot_sku(UNITS)
        orders = [ours(sku, address, token, agreed) for address, token in crowd]
        seen = all_at_once(stage.ours.port, orders)
        found.ours.append(seen.seconds)
        found.told.append(statuses(seen))
        found.left.append(left_of(stage.database_url, sku))
        raw = [request("POST", "/orders", {"lines": [line(hot_raw(stage.database_url, sku))]})]
        found.raw.append(all_at_once(stage.raw.port, raw * BUYERS).seconds)
    return found


def ours(sku: int, address: int, token: str, agreed: dict[str, int]) -> bytes:
    body = {"address": address, "payable_fen": PRICE_FEN, "lines": [line(sku)], "policies": agreed}
    return request("POST", "/api/v1/orders/", body, token, fresh_key())


def line(sku: int) -> dict[str, int]:
    return {"sku": sku, "quantity": 1}


def statuses(seen: Seen) -> Counter[int]:
    return Counter(status for status, _took, _size in seen.answers)


def left_of(url: str, sku: int) -> int:
    with psycopg.connect(url) as connection:
        asked = "SELECT available FROM catalog_offer WHERE sku_id = %s"
        row = connection.execute(asked, [sku]).fetchone()
    return int(row[0]) if row else -1


def hot_raw(url: str, sku: int) -> int:
    """The same in raw's table."""
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(
            "INSERT INTO raw.sku (id, product_id, code, name, price_fen, stock)"
            " VALUES (%s, 0, 'HOT', '60粒/瓶', %s, %s)",
            [sku, PRICE_FEN, UNITS],
        )
    return sku
