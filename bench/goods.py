"""Twenty thousand products, made of the demo's by numbering them, and buyers with tokens."""

from datetime import datetime, timedelta
from typing import Any

from django.db import connection, transaction

PRODUCTS = 20_000
UNITS = 1_000_000
MARK = "BENCH"  # begins the code of every product of ours
BATCH = 2_000
MADE_LIVE = """
UPDATE catalog_product SET live_revision_id = revision.id FROM catalog_productrevision AS revision
WHERE revision.product_id = catalog_product.id AND live_revision_id IS NULL AND code LIKE %s
"""


def fill(count: int = PRODUCTS) -> int:
    """Put them on sale, once; how many there are."""
    from catalog.models import Product

    missing = count - Product.objects.published().count()
    if missing > 0:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SET LOCAL statement_timeout = 0")
            _shelve(missing)
            cursor.execute("ANALYZE catalog_product, catalog_productrevision")
            cursor.execute(MADE_LIVE, [f"{MARK}%"])
            cursor.execute("ANALYZE")
    return Product.objects.published().count()


def _shelve(count: int) -> None:
    from catalog.models import Brand, Category, Product
    from demo.content import brands, products, shelves
    from shop.clock import now

    at = now()
    marks = {name: Brand.objects.get_or_create(name=name)[0] for name in brands()}
    places: dict[str, Category] = {}
    for shelf in shelves():
        above = places.get(shelf.above or "")
        names = {"name": shelf.name, "parent": above}
        places[shelf.slug] = Category.objects.get_or_create(slug=shelf.slug, defaults=names)[0]
    first = Product.objects.filter(code__startswith=MARK).count()
    sheets = products()
    numbered = [(n, sheets[n % len(sheets)]) for n in range(first, first + count)]
    rows = [
        Product(
            code=f"{MARK}{n:06d}",
            kind=sheet.kind,
            brand=marks[sheet.brand],
            category=places[sheet.shelf],
            created_at=at - timedelta(minutes=n + 5),
            published_at=at - timedelta(minutes=n),
        )
        for n, sheet in numbered
    ]
    made = Product.objects.bulk_create(rows, batch_size=BATCH)
    for begin in range(0, count, BATCH):
        end = begin + BATCH
        _describe(list(zip(numbered[begin:end], made[begin:end], strict=True)), at)


def _describe(batch: list[Any], at: datetime) -> None:
    from catalog.models import Offer, ProductRevision, Sku, StockMove
    from catalog.rules import content_hash

    revisions, skus, offers = [], [], []
    for (number, sheet), product in batch:
        text = {**sheet.text, "title": f"{sheet.text['title']} {number:05d}号"}
        published = {"status": "published", "content_hash": content_hash(text)}
        instants = {"created_at": product.created_at, "published_at": product.published_at}
        revisions.append(
            ProductRevision(product=product, number=1, **text, **published, **instants)
        )
        for place, spec in enumerate(sheet.specifications, start=1):
            sku = Sku(product=product, code=f"{product.code}-{place}", name=spec.name)
            prices = {"price_fen": spec.price_fen, "member_price_fen": spec.member_price_fen}
            skus.append(sku)
            offers.append(Offer(sku=sku, **prices, available=UNITS))
    ProductRevision.objects.bulk_create(revisions)
    Sku.objects.bulk_create(skus)
    Offer.objects.bulk_create(offers)
    StockMove.objects.bulk_create(
        StockMove(sku=sku, cause="received", quantity=UNITS, reference=MARK, at=at) for sku in skus
    )


def buyers(count: int) -> list[tuple[int, str]]:
    """So many customers: the number of their address, and a token of a new device."""
    return [_buyer(number) for number in range(count)]


def _buyer(number: int) -> tuple[int, str]:
    from shop.identity.actions import AddressText, save_address, sign_in_customer
    from shop.identity.actors import Actor

    by = Actor.system("bench")
    person, token = sign_in_customer(f"bench-{number}", by=by)
    text = AddressText("王明", "13800001234", "浙江省", "杭州市", "西湖区", "文三路 90 号 2 幢")
    address = person.party.addresses.first() or save_address(person, text, by=by)
    return address.pk, token


def hot_sku(units: int) -> int:
    """A SKU of which exactly so many units may be promised."""
    from catalog.models import Offer, Product, ProductRevision, Sku, StockMove
    from catalog.rules import content_hash
    from shop.clock import now

    like = Offer.objects.on_sale().select_related("sku__product__live_revision").first()
    assert like is not None and like.sku.product.live_revision is not None
    old, at = like.sku.product, now()
    text = like.sku.product.live_revision.text
    with transaction.atomic():
        code = f"HOT{at:%d%H%M%S%f}"[:20]
        product = Product.objects.create(
            code=code, kind=old.kind, brand=old.brand, category=old.category, created_at=at,
            published_at=at - timedelta(days=9999),
        )  # fmt: skip
        product.live_revision = ProductRevision.objects.create(
            product=product, number=1, **text, status="published", content_hash=content_hash(text),
            created_at=at, published_at=at,
        )  # fmt: skip
        product.save(update_fields=["live_revision"])
        sku = Sku.objects.create(product=product, code=code, name="60粒/瓶")
        Offer.objects.create(sku=sku, price_fen=9_900, available=units)
        StockMove.objects.create(sku=sku, cause="received", quantity=units, reference=code, at=at)
    return sku.pk
