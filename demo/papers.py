"""The demo's licences and contracts: one is near its end, one product's is fresh."""

from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from functools import partial

from catalog.kinds import HEALTH_FOOD_CERTIFICATE
from catalog.models import Product
from demo import rhythm
from demo.listing import FIRST_LISTING_DAYS_AGO
from demo.timeline import Act, Cast
from shop.papers.actions import PaperFacts, file_paper
from shop.papers.kinds import BUSINESS_LICENCE, CONTRACT, FOOD_LICENCE

OFFICE = "杭州市西湖区市场监督管理局"
FOR_FIVE_YEARS = timedelta(days=5 * 365)


def papers(present: datetime, cast: Cast) -> Iterator[Act]:
    """Filed before the first listing; the food licence has twenty-five days left."""
    today = rhythm.day_of(present)
    opened = rhythm.at(today - timedelta(days=FIRST_LISTING_DAYS_AGO + 1), time(14))
    yield Act(opened, partial(file_those_of_the_house, today, cast))
    yield Act(present - timedelta(hours=20), partial(file_a_certificate, today, cast))


def file_those_of_the_house(today: date, cast: Cast) -> None:
    by = cast.staff["hegui1"]
    ends = today + timedelta(days=25)
    founded = date(2021, 3, 9)
    licence = PaperFacts("91330106MA2EXAMPLE", OFFICE, founded, None)
    file_paper(BUSINESS_LICENCE, licence, by=by)
    food = PaperFacts("JY13301060009999", OFFICE, ends - FOR_FIVE_YEARS, ends)
    file_paper(FOOD_LICENCE, food, by=by)
    begins = today.replace(month=1, day=1)
    carrier = PaperFacts("YHT-WL-01", "顺丰速运有限公司", begins, begins + timedelta(days=729))
    file_paper(CONTRACT, carrier, by=by)


def file_a_certificate(today: date, cast: Cast) -> None:
    """Of the oldest health food on sale."""
    product = Product.objects.filter(kind=Product.Kind.HEALTH_FOOD).earliest("pk")
    assert product.live_revision is not None
    begins = today - timedelta(days=400)
    facts = PaperFacts(
        product.live_revision.approval_number,
        "国家市场监督管理总局",
        begins,
        begins + FOR_FIVE_YEARS,
        f"product:{product.pk}",
    )
    file_paper(HEALTH_FOOD_CERTIFICATE, facts, by=cast.staff["hegui1"])
