"""Twenty thousand products: each kind that the demo sells, by many brands, at several prices."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache

from catalog import rules
from catalog.events import (
    ProductDrafted,
    RevisionApproved,
    RevisionPublished,
    RevisionSubmitted,
    SkuPriced,
)
from catalog.models import Brand, Category, Product, ProductRevision
from demo.content import ProductSheet, Specification, products
from demo.history.facts import Author, Facts
from demo.history.rows import Rows
from demo.large.size import FAMILIES, KINDS, Size

SYLLABLES = ("安康禾宁泰和瑞嘉恒润德善元春清颐松澄", "源堂谷岭泉斋坊济园禧峰屿舟野川岚溪庭")
FOR_WHOM = ("", "中老年", "女士", "男士", "成人", "青年")
PACKED = ("", "（家庭装）", "（礼盒装）", "（便携装）", "（无糖型）", "（升级装）", "（分享装）", "（旅行装）")  # fmt: skip
FIRST_YEAR, YEARS, LAST_SERIAL = 2014, 10, 9_999
LISTED_EVERY = timedelta(minutes=3)
HOUR = timedelta(hours=1)


@dataclass(frozen=True)
class Listers:
    """Whose work it is, by user id."""

    drafts: int
    reviews: int
    prices: int
    publishes: int


@dataclass(frozen=True)
class Good:
    """The product of this rank among those of its kind."""

    sheet: ProductSheet
    rank: int
    place: int
    families: int

    @property
    def code(self) -> str:
        return f"{self.sheet.code}L{self.rank:03d}"

    @property
    def brand(self) -> str:
        first, second = divmod(self.place * 7 % brand_count(), len(SYLLABLES[1]))
        return SYLLABLES[0][first] + SYLLABLES[1][second]

    @property
    def text(self) -> Mapping[str, str]:
        own = self.sheet.text["title"].removeprefix(self.sheet.brand).removeprefix("牌")
        whom, packed = FOR_WHOM[self.rank % len(FOR_WHOM)], PACKED[self.rank % len(PACKED)]
        mark = f"{self.brand}牌" if self.sheet.text["approval_number"] else self.brand
        title = f"{mark}{whom}{own.partition('（')[0]}{packed}"
        return {**self.sheet.text, "title": title, "approval_number": self._approval_number}

    @property
    def _approval_number(self) -> str:
        """Of the same form and serial length, of another year."""
        number = self.sheet.text["approval_number"]
        head, origin, rest = number.partition("J" if "J" in number else "G")
        if not number:
            return ""
        year, kept = FIRST_YEAR + self.place % YEARS, rest[4:-4]
        serial = LAST_SERIAL - self.place // YEARS
        return f"{head}{origin}{year}{kept}{serial:04d}"

    @property
    def specifications(self) -> Iterator[Specification]:
        factor = FAMILIES[self.rank % self.families]
        for one in self.sheet.specifications:
            member = one.member_price_fen and _shelf_price(one.member_price_fen * factor)
            yield Specification(one.name, _shelf_price(one.price_fen * factor), member)


def _shelf_price(fen: float) -> int:
    """As prices are written: whole yuan, at least ten."""
    return max(1_000, round(fen / 100) * 100)


def brand_count() -> int:
    return len(SYLLABLES[0]) * len(SYLLABLES[1])


@cache
def _sheets() -> list[ProductSheet]:
    return products()


def goods(size: Size) -> Iterator[Good]:
    """Kind after kind, rank after rank."""
    for place in range(size.products):
        yield Good(_sheets()[place % KINDS], place // KINDS, place, size.families)


def list_goods(size: Size, begins: datetime, by: Listers, rows: Rows, facts: Facts) -> None:
    """All of them, drafted, reviewed, priced and published as their posts do it."""
    brands = {brand.name: brand.pk for brand in Brand.objects.all()}
    shelves = {shelf.slug: shelf.pk for shelf in Category.objects.all()}
    for good in goods(size):
        if good.brand not in brands:
            brands[good.brand] = rows.add("catalog_brand", name=good.brand)
        at = begins + good.place * LISTED_EVERY
        _list(good, brands[good.brand], shelves[good.sheet.shelf], at, by, rows, facts)


def _list(good: Good, brand: int, shelf: int, at: datetime, by: Listers, rows: Rows,
          facts: Facts) -> None:  # fmt: skip
    published_at = at + 5 * HOUR
    product_id = rows.next_number("catalog_product")
    revision_id = _revision(good, product_id, at, published_at, by, rows)
    rows.add(
        "catalog_product",
        code=good.code,
        kind=good.sheet.kind,
        brand_id=brand,
        category_id=shelf,
        live_revision_id=revision_id,
        created_at=at,
        published_at=published_at,
    )
    _specifications(good, product_id, at, by, rows, facts)
    for fact, told_at, user in (
        (ProductDrafted(product_id), at, by.drafts),
        (RevisionSubmitted(product_id, revision_id), at + HOUR, by.drafts),
        (RevisionApproved(product_id, revision_id), at + 3 * HOUR, by.reviews),
        (RevisionPublished(product_id, revision_id), published_at, by.publishes),
    ):
        facts.tell(fact, told_at, Author("desk", user_id=user))


def _revision(good: Good, product_id: int, at: datetime, published_at: datetime, by: Listers,
              rows: Rows) -> int:  # fmt: skip
    text = good.text
    return rows.add(
        "catalog_productrevision",
        product_id=product_id,
        number=1,
        status=ProductRevision.Status.PUBLISHED.value,
        **text,
        content_hash=rules.content_hash(text),
        drafted_by_id=by.drafts,
        approved_by_id=by.prices if good.sheet.kind == Product.Kind.FOOD else by.reviews,
        created_at=at,
        published_at=published_at,
    )


def _specifications(good: Good, product_id: int, at: datetime, by: Listers, rows: Rows,
                    facts: Facts) -> None:  # fmt: skip
    for position, one in enumerate(good.specifications, start=1):
        sku_id = rows.add(
            "catalog_sku",
            product_id=product_id,
            code=f"{good.code}-{position}",
            name=one.name,
            position=position,
            vat_bp=rules.STANDARD_VAT_BP,
        )
        rows.add(
            "catalog_offer",
            sku_id=sku_id,
            price_fen=one.price_fen,
            member_price_fen=one.member_price_fen,
            available=0,
            short=0,
            version=1,
        )
        fact = SkuPriced(sku_id, one.price_fen, one.member_price_fen)
        facts.tell(fact, at + 4 * HOUR, Author("desk", user_id=by.prices))
