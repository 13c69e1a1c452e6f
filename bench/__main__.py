"""`make bench`: alternating rounds, medians, ratios to the server's own limit; docs/performance.md.

The limit is /healthz: the same server, flags and middleware, and a view that does nothing. A ratio
of one run can be compared with that of another machine; a rate cannot.
"""

import itertools
import os
import statistics
from collections.abc import Iterator
from typing import Any

import django

from bench.load import CALLERS, Ask, Measured, run
from bench.stage import ROOT, standing

ROUNDS, SECONDS = 3, 4.0
LIMIT = "limit: /healthz"
UNITS = 1_000_000
CROWD = 30


def main() -> None:
    os.environ["DJANGO_SETTINGS_MODULE"] = "shop.settings"
    with standing() as url:
        django.setup()
        works = scenes()
        measured: dict[str, list[Measured]] = {name: [] for name in works}
        for number, (name, asks) in itertools.product(range(ROUNDS + 1), works.items()):
            seen = run(url, asks, SECONDS if number else 1.0)
            if number:  # round 0 warms up
                measured[name].append(seen)
                print(f"round {number}  {name:<28} {seen.per_second:8.0f}/s", flush=True)
        report(measured)


def scenes() -> dict[str, list[Ask]]:
    """Each work as one asker per caller. Customers take turns: nobody may post without pause."""
    from catalog.models import Offer

    offers = list(Offer.objects.on_sale().select_related("sku").order_by("pk"))
    stocked = [stock(offer) for offer in offers[:CALLERS]]
    turns = [
        itertools.cycle([customer(n * CROWD + m) for m in range(CROWD)]) for n in range(CALLERS)
    ]
    fresh = itertools.count(1_000_000)
    detail = f"/api/v1/products/{offers[0].sku.product_id}/"
    return {
        LIMIT: [look("/healthz")] * CALLERS,
        "list, kept": [look("/api/v1/products/")] * CALLERS,
        "list, built": [look("/api/v1/products/?price_max={}", fresh)] * CALLERS,
        "detail, kept": [look(detail)] * CALLERS,
        "detail, built": [look(detail + "?v={}", fresh)] * CALLERS,
        "order, each their own SKU": [order(turns[n], stocked[n]) for n in range(CALLERS)],
        "order, all the same SKU": [order(turns[n], stocked[0]) for n in range(CALLERS)],
    }


def look(path: str, fresh: Iterator[int] | None = None) -> Ask:
    return lambda: ("GET", path.format(next(fresh)) if fresh else path, None, "")


def customer(number: int) -> tuple[int, str]:
    from shop.identity.actions import AddressText, save_address, sign_in_customer
    from shop.identity.actors import Actor

    by = Actor.system("bench")
    person, token = sign_in_customer(f"bench-{number}", by=by)
    text = AddressText("王明", "13800001234", "浙江省", "杭州市", "西湖区", "文三路 90 号 2 幢")
    address = person.party.addresses.first() or save_address(person, text, by=by)
    return address.pk, token


def stock(offer: Any) -> Any:
    from catalog.actions import receive_stock
    from shop.clock import now
    from shop.identity.actors import Actor

    document = f"bench-{now():%Y%m%d%H%M%S%f}"
    return receive_stock(offer.sku, UNITS, document, by=Actor.system("bench"))


def order(buyers: Iterator[tuple[int, str]], offer: Any) -> Ask:
    from shop.records.in_force import policies_in_force

    def ask() -> tuple[str, str, object, str]:
        address, token = next(buyers)
        line = {"sku": offer.sku_id, "quantity": 1}
        body = {
            "address": address,
            "payable_fen": offer.price_fen,
            "lines": [line],
            "policies": policies_in_force(),
        }
        return "POST", "/api/v1/orders/", body, token

    return ask


def report(measured: dict[str, list[Measured]]) -> None:
    limit = median(measured[LIMIT], "per_second")
    lines = [
        "| work | answers/s | ratio to the limit | p95 ms | bytes |",
        "| --- | --- | --- | --- | --- |",
    ]
    for name, rounds in measured.items():
        rate = median(rounds, "per_second")
        lines.append(
            f"| {name} | {rate:.0f} | {rate / limit:.2f} | {median(rounds, 'p95_ms'):.0f}"
            f" | {rounds[-1].size} |"
        )
    text = (ROOT / "docs" / "performance.md").read_text()
    head, _mark, _old = text.partition(MARK)
    (ROOT / "docs" / "performance.md").write_text(head + MARK + "\n\n" + "\n".join(lines) + "\n")
    print("\n".join(lines))


MARK = "<!-- written by make bench -->"


def median(rounds: list[Measured], field: str) -> float:
    return float(statistics.median(getattr(seen, field) for seen in rounds))


if __name__ == "__main__":
    main()
