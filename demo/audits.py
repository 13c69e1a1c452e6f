"""The demo's audits of listed products: most are in order, one found something that was mended,
one finding still stands open, and one sheet is half filled in."""

from collections.abc import Iterator, Mapping
from datetime import datetime, time, timedelta
from functools import partial

from catalog.kinds import LISTING_AUDIT
from catalog.models import Product
from demo import rhythm
from demo.timeline import Act, Cast
from shop.forms.actions.forms import establish_form
from shop.forms.actions.sheets import save_answer, start_sheet, submit_sheet
from shop.forms.models import Sheet
from shop.forms.rules import Given
from shop.identity.actors import Actor, Door

AUDITOR = "yunying1"
BY = Actor.system("the demo opens its shop", Door.COMMAND)
NOT_MARKED = {"notice": Given("no", "详情页首屏未显著标明"), "advice": Given(text="补上警示语")}
OLD_PICTURE = {"pictures": Given("no", "仍是旧包装图"), "advice": Given(text="换成新包装图")}
AUDITS: tuple[tuple[int, int, Mapping[str, Given]], ...] = (
    (13, 0, {}),
    (12, 1, OLD_PICTURE),
    (9, 2, NOT_MARKED),
    (6, 2, {}),
    (4, 3, {"shelf": Given(skipped=True)}),
    (2, 4, NOT_MARKED),
)
"""(Days ago, which product in the order of listing, what was not as it should be)."""


def audits(present: datetime, cast: Cast) -> Iterator[Act]:
    """Every few days a product, in the afternoon; one was begun a while ago."""
    for ago, place, found in AUDITS:
        day = rhythm.day_of(present) - timedelta(days=ago)
        yield Act(rhythm.at(day, time(15, 20)), partial(audit, place, found, cast))
    yield Act(present - timedelta(minutes=40), partial(begin, 5, cast))


def audit(place: int, found: Mapping[str, Given], cast: Cast) -> None:
    """Filled in from the first question to the last, and handed in."""
    sheet, by = sheet_about(place, cast), cast.staff[AUDITOR]
    for question in sheet.asked:
        given = found.get(question, Given("yes") if question != "advice" else None)
        if given is not None:
            save_answer(sheet, question, given, by=by)
    submit_sheet(sheet, by=by)


def begin(place: int, cast: Cast) -> None:
    """The first questions alone."""
    sheet = sheet_about(place, cast)
    for question in sheet.asked[:3]:
        save_answer(sheet, question, Given("yes"), by=cast.staff[AUDITOR])


def sheet_about(place: int, cast: Cast) -> Sheet:
    product = Product.objects.filter(live_revision__isnull=False).order_by("pk")[place]
    form = establish_form(LISTING_AUDIT, by=BY)
    return start_sheet(form, f"product:{product.pk}", by=cast.staff[AUDITOR])
