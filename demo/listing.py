"""How the demo's products were listed, each step by those whose work it is (A4.1a)."""

from collections.abc import Iterator
from datetime import date, datetime, time, timedelta

from catalog import actions
from catalog.models import Brand, Category, Product, ProductRevision, Sku
from demo import rhythm
from demo.content import ProductSheet, brands, products, shelves
from demo.timeline import Act, Cast

FIRST_LISTING_DAYS_AGO = 400
LISTED_A_DAY = 3


def listing(today: date, cast: Cast) -> Iterator[Act]:
    """Brands and shelves on the first day, then a few products a day."""
    first = today - timedelta(days=FIRST_LISTING_DAYS_AGO)
    yield Act(rhythm.at(first, time(9, 30)), lambda: put_up_shelves(cast))
    for number, sheet in enumerate(products()):
        day = first + timedelta(days=number // LISTED_A_DAY)
        yield from Listing(sheet, cast).acts(rhythm.at(day, time(10 + number % LISTED_A_DAY)))


def put_up_shelves(cast: Cast) -> None:
    by = cast.staff["yunying"]
    for brand in brands():
        actions.add_brand(brand, by=by)
    for shelf in shelves():
        above = Category.objects.get(slug=shelf.above) if shelf.above else None
        actions.add_category(shelf.name, shelf.slug, above, by=by)


class Listing:
    """One product on its way to the customers."""

    revision: ProductRevision

    def __init__(self, sheet: ProductSheet, cast: Cast) -> None:
        self.sheet = sheet
        self.staff = cast.staff

    def acts(self, begins: datetime) -> Iterator[Act]:
        yield Act(begins, self.draft)
        yield Act(begins + timedelta(minutes=25), self.submit)
        yield Act(begins + timedelta(hours=3), self.approve)
        yield Act(begins + timedelta(hours=3, minutes=20), self.price)
        yield Act(begins + timedelta(hours=5), self.publish, is_news=True)

    def draft(self) -> None:
        card = actions.ProductCard(
            code=self.sheet.code,
            kind=self.sheet.kind,
            brand=Brand.objects.get(name=self.sheet.brand),
            category=Category.objects.get(slug=self.sheet.shelf),
            specifications=[spec.name for spec in self.sheet.specifications],
        )
        self.revision = actions.draft_product(card, self.sheet.text, by=self.staff["yunying1"])

    def submit(self) -> None:
        actions.submit_revision(self.revision, by=self.staff["yunying1"])

    def approve(self) -> None:
        """Health food is for the compliance reviewer, the rest for the manager."""
        is_food = self.sheet.kind == Product.Kind.FOOD
        actions.approve_revision(self.revision, by=self.staff["yunying" if is_food else "hegui1"])

    def price(self) -> None:
        for code, spec in zip(self.sheet.sku_codes(), self.sheet.specifications, strict=True):
            sku = Sku.objects.get(code=code)
            actions.price_sku(sku, spec.price_fen, spec.member_price_fen, by=self.staff["yunying"])

    def publish(self) -> None:
        actions.publish_revision(self.revision, by=self.staff["jishu"])
