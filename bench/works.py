"""What is asked of both: the same lists, details, searches and orders, of the same rows."""

import itertools
from collections.abc import Iterator
from dataclasses import dataclass
from random import Random
from urllib.parse import quote

from bench.goods import buyers
from bench.load import Ask, fresh_key, look, look_anew, request

READERS, BUYERS = 8, 8
CROWD = 40  # customers of each ordering caller, in turn: the limit of posts a minute stays on
SHELVES, DETAILS, WORDS = 20, 60, 60


@dataclass(frozen=True)
class Work:
    """One thing asked of both, by as many callers; `floor` and `aim` are ratios to raw."""

    code: str
    name: str
    ours: list[Ask]
    raw: list[Ask]
    floor: float
    aim: float


def works() -> list[Work]:
    dice, fresh = Random("bench"), itertools.count(1)
    return [*lists(fresh), *details(dice, fresh), searches(dice, fresh), orders(dice)]


def lists(fresh: Iterator[int]) -> list[Work]:
    """The first page of each shelf."""
    from catalog.selectors import stocked_categories

    slugs = list(stocked_categories().values_list("slug", flat=True)[:SHELVES])
    ours = [f"/api/v1/products/?category={slug}&page_size=24" for slug in slugs]
    raw = callers([f"/list?category={slug}" for slug in slugs])
    kept = callers(ours)
    built = [look_anew(turned(ours, n), fresh, "&fresh=") for n in range(READERS)]
    return [
        Work("W1", "list of 24, kept bytes", kept, raw, 0.8, 1.0),
        Work("W1", "list of 24, built", built, raw, 0.35, 0.6),
    ]


def details(dice: Random, fresh: Iterator[int]) -> list[Work]:
    from catalog.models import Product

    published = Product.objects.published().order_by("pk")
    chosen = dice.sample(list(published.values_list("pk", flat=True)), DETAILS)
    ours = [f"/api/v1/products/{pk}/" for pk in chosen]
    raw = callers([f"/detail/{pk}" for pk in chosen])
    kept = callers(ours)
    built = [look_anew(turned(ours, n), fresh, "?fresh=") for n in range(READERS)]
    return [
        Work("W2", "detail, kept bytes", kept, raw, 0.8, 1.0),
        Work("W2", "detail, built", built, raw, 0.35, 0.6),
    ]


def searches(dice: Random, fresh: Iterator[int]) -> Work:
    """Two to four letters out of the middle of some title."""
    words = [quote(word) for word in words_of_titles(dice)]
    ours = [f"/api/v1/products/?search={word}&page_size=24" for word in words]
    raw = callers([f"/search?search={word}" for word in words])
    built = [look_anew(turned(ours, n), fresh, "&fresh=") for n in range(READERS)]
    return Work("W3", "search in titles, built", built, raw, 0.35, 0.6)


def words_of_titles(dice: Random) -> list[str]:
    from catalog.models import Product

    titles = Product.objects.published().order_by("pk")
    found = dice.sample(list(titles.values_list("live_revision__title", flat=True)), WORDS)
    return [str(title)[4 : 4 + dice.choice((2, 2, 3, 4))].strip() for title in found]


def orders(dice: Random) -> Work:
    """Two lines each, of any goods on sale."""
    prices = on_sale()
    crowd = buyers(BUYERS * CROWD)
    turns = [itertools.cycle(crowd[n::BUYERS]) for n in range(BUYERS)]
    ours = [ordering(turn, prices, Random(n)) for n, turn in enumerate(turns)]
    raw = [raw_ordering(list(prices), Random(n)) for n in range(BUYERS)]
    return Work("W4", "order of two lines", ours, raw, 0.15, 0.25)


def on_sale() -> dict[int, int]:
    """SKU → price in fen, of those that can be had in any number."""
    from catalog.models import Offer

    plenty = Offer.objects.on_sale().filter(available__gte=1_000).order_by("pk")
    return dict(plenty.values_list("sku", "price_fen")[:20_000])


def ordering(turn: Iterator[tuple[int, str]], prices: dict[int, int], dice: Random) -> Ask:
    skus = list(prices)
    agreed = policies()

    def ask() -> bytes:
        address, token = next(turn)
        lines = two_lines(skus, dice)
        payable = sum(prices[line["sku"]] * line["quantity"] for line in lines)
        body = {"address": address, "payable_fen": payable, "lines": lines, "policies": agreed}
        return request("POST", "/api/v1/orders/", body, token, fresh_key())

    return ask


def raw_ordering(skus: list[int], dice: Random) -> Ask:
    return lambda: request("POST", "/orders", {"lines": two_lines(skus, dice)})


def two_lines(skus: list[int], dice: Random) -> list[dict[str, int]]:
    first, second = dice.sample(skus, 2)
    return [{"sku": first, "quantity": 1}, {"sku": second, "quantity": 2}]


def policies() -> dict[str, int]:
    from shop.records.in_force import policies_in_force

    return policies_in_force()


def callers(paths: list[str]) -> list[Ask]:
    return [look(turned(paths, n)) for n in range(READERS)]


def turned(paths: list[str], places: int) -> list[str]:
    """The same in another order, so that callers do not march in step."""
    return Random(places).sample(paths, len(paths))
