"""CA5: listed products are audited by the riskier the sooner, and what is found is mended.

Told through the sheets' pages, where staff fill in the audit, and the control's figure.
"""

from datetime import datetime, timedelta

import pytest
from django.urls import reverse

from catalog.kinds import LISTING_AUDIT
from shop.clock import SHANGHAI, turned_to
from shop.figures.registry import CONTROLS
from shop.figures.rules import Figure
from shop.figures.selectors import control_figure
from shop.forms.models import Sheet
from shop.forms.selectors import in_force
from tests.doors.conftest import desk_of
from tests.make import make_product

pytestmark = [pytest.mark.django_db, pytest.mark.article("CA5", "B3.1.2")]
LISTED = datetime(2026, 3, 2, 10, tzinfo=SHANGHAI)
DAY = timedelta(days=1)
HOME = "/admin/sheets/"


@pytest.fixture
def product():
    with turned_to(LISTED):
        return make_product()


def audit(product, at, **found):
    """Whatever is not said otherwise is in order."""
    with turned_to(at):
        desk = desk_of("operations_specialist")
        desk.get(HOME)
        desk.post(HOME, {"version": in_force(LISTING_AUDIT).pk, "subject": product.code})
        sheet = Sheet.objects.first()
        said = {f"value-{code}": "yes" for code in sheet.asked if code != "advice"}
        said |= {f"value-{code}": answer for code, answer in found.items()}
        desk.post(reverse("sheets:fill", args=[sheet.pk]), {**said, "hand_in": ""})
        return sheet.results.get().passed


def control(code, on, at=None):
    """(figure, cases) of what fell due on a day, seen the day after."""
    one = CONTROLS[f"CA5.{code}"]
    with turned_to(at or on + DAY):
        day = on.astimezone(SHANGHAI).date()
        return control_figure(one, day, day), list(one.cases(day, day))


@pytest.mark.control("CA5")
def test_a_first_audit_in_time_is_kept_and_one_that_is_overdue_falls(product):
    due = LISTED + 90 * DAY
    assert control("first_audit", due - DAY) == (Figure(0, 0), []), "no case before it is due"
    assert control("first_audit", due) == (Figure(0, 1), [product])
    assert audit(product, due - DAY)
    assert control("first_audit", due) == (Figure(1, 1), [])


def test_an_audit_made_late_does_not_mend_the_day_on_which_it_was_due(product):
    """Walk-round: the sheet is handed in once the figure has fallen."""
    due = LISTED + 90 * DAY
    audit(product, due + DAY)
    assert control("first_audit", due, at=due + 2 * DAY) == (Figure(0, 1), [product])


def test_one_that_passed_is_audited_again(product):
    first = LISTED + 80 * DAY
    assert audit(product, first)
    again = first + 90 * DAY
    assert control("audited_again", again) == (Figure(0, 1), [product])
    assert audit(product, again - DAY)
    assert control("audited_again", again) == (Figure(1, 1), [])


@pytest.mark.control("CA5")
def test_findings_that_stand_open_make_it_fall_until_an_audit_is_passed_in_time(product):
    first = LISTED + 80 * DAY
    assert audit(product, first, notice="no") is False, "本品不能代替药物 was not marked"
    due = first + 14 * DAY
    # Walk-round: another audit that finds the same is not mending.
    assert audit(product, first + 5 * DAY, notice="no") is False
    assert control("mended", due) == (Figure(0, 1), [product])
    assert audit(product, first + 10 * DAY)
    assert control("mended", due) == (Figure(1, 1), [])
    assert control("audited_again", first + 90 * DAY)[0] == Figure(0, 0), "it did not pass"


def test_what_is_no_longer_listed_owes_no_audit(product):
    type(product).objects.filter(pk=product.pk).update(live_revision=None)
    assert control("first_audit", LISTED + 90 * DAY) == (Figure(0, 0), [])
