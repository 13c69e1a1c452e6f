"""What a SKU cost, since when, and within which limits: from its own facts (CA7)."""

from dataclasses import dataclass
from datetime import datetime

from catalog import rules
from catalog.models import PriceChange, Sku
from shop.events.models import EventLog
from shop.identity.models import User


@dataclass(frozen=True)
class Price:
    """What a SKU cost from `since` until `until` (None: it still does), in fen; and by whom."""

    since: datetime
    until: datetime | None
    price_fen: int
    member_price_fen: int | None
    change: PriceChange | None

    @property
    def lowest_fen(self) -> int:
        """What nobody paid less than."""
        return self.member_price_fen or self.price_fen

    @property
    def asked_by(self) -> User | None:
        return self.change.asked_by if self.change else None


def price_history(sku: Sku) -> list[Price]:
    """Every price that it ever had, in order."""
    facts = list(
        EventLog.objects.filter(stream=sku.stream, kind="catalog.SkuPriced")
        .order_by("seq")
        .values_list("at", "data")
    )
    ends = [at for at, _said in facts[1:]] + [None] * bool(facts)
    changes = {
        change.took_effect_at: change
        for change in sku.price_changes.filter(status=PriceChange.Status.EFFECTIVE).select_related(
            "asked_by", "approved_by"
        )
    }
    return [
        Price(at, until, said["price_fen"], said["member_price_fen"], _behind(changes, at, said))
        for (at, said), until in zip(facts, ends, strict=True)
    ]


def _behind(
    changes: dict[datetime | None, PriceChange], at: datetime, said: dict[str, int | None]
) -> PriceChange | None:
    """The change that set this price: the last that took effect by then, with its figures."""
    known = [
        change
        for took, change in changes.items()
        if took is not None
        and took <= at
        and (change.price_fen, change.member_price_fen)
        == (said["price_fen"], said["member_price_fen"])
    ]
    return max(known, key=lambda change: change.pk, default=None)


def reference_of(sku: Sku, price_fen: int, at: datetime) -> int | None:
    """With what a price that takes effect `at` may be compared (`rules.reference_price`)."""
    known = [(price.since, price.lowest_fen) for price in price_history(sku)]
    return rules.reference_price(known, at, price_fen)


def limits_of(sku: Sku) -> PriceChange | None:
    """The change that holds: its floor and ceiling bound the price. None: nothing was approved."""
    effective = sku.price_changes.filter(status=PriceChange.Status.EFFECTIVE)
    return effective.order_by("-took_effect_at", "-pk").first()
