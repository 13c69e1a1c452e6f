"""What a SKU costs."""

from django.db import transaction
from django.utils.translation import gettext as _

from catalog import rules
from catalog.errors import NeedsSecondPerson, OutsideLimits
from catalog.events import SkuPriced
from catalog.models import Offer, Product, Sku
from catalog.selectors.prices import limits_of, reference_of
from shop.clock import now
from shop.errors import InvalidValue
from shop.events.outbox import publish
from shop.identity.actors import Actor


def price_sku(sku: Sku, price_fen: int, member_price_fen: int | None = None, *, by: Actor) -> Offer:
    """Set a SKU's list and member price, in fen, from now on; with it what it is compared with.

    Alone a person does so before the product was ever published, for its review sees the price;
    later it takes two (`ask_price_change`). Raises InvalidValue, NeedsSecondPerson, OutsideLimits.
    """
    by.require("catalog.price_sku")
    _require_sane_prices(price_fen, member_price_fen)
    with transaction.atomic():
        product = Product.objects.select_for_update(no_key=True).get(pk=sku.product_id)
        if by.user is not None and product.published_at is not None:
            raise NeedsSecondPerson
        _require_within_limits(sku, price_fen, member_price_fen)
        prices = {
            "price_fen": price_fen,
            "member_price_fen": member_price_fen,
            "reference_fen": reference_of(sku, price_fen, now()),
        }
        offer, is_new = Offer.objects.select_for_update(no_key=True).get_or_create(
            sku=sku, defaults={**prices, "is_stopped": product.is_delisted}
        )
        if not is_new:
            for name, value in prices.items():
                setattr(offer, name, value)
            offer.version += 1
            offer.save(update_fields=[*prices, "version"])
        publish(SkuPriced(sku.pk, price_fen, member_price_fen), by=by)
    return offer


def _require_sane_prices(price_fen: int, member_price_fen: int | None) -> None:
    if not 0 < price_fen <= rules.HIGHEST_PRICE_FEN:
        raise InvalidValue(fields={"price_fen": [_("A price is above 0 and at most ¥100,000.")]})
    if member_price_fen is not None and not 0 < member_price_fen <= price_fen:
        raise InvalidValue(
            fields={"member_price_fen": [_("A member price is above 0 and not above the price.")]}
        )


def _require_within_limits(sku: Sku, price_fen: int, member_price_fen: int | None) -> None:
    held = limits_of(sku)
    lowest = price_fen if member_price_fen is None else member_price_fen
    if held and not held.floor_fen <= lowest <= price_fen <= held.ceiling_fen:
        raise OutsideLimits
