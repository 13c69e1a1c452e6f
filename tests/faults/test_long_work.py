"""Long work whose process is killed in the middle: it goes on, and each row is applied once."""

from datetime import timedelta

import pytest
from django.db import connection

from catalog.desk.imports import PRICES
from catalog.models import Offer
from shop.clock import now, turned_to
from shop.doors.imports.applying import IMPORT
from shop.events.models import Delivery, EventLog
from shop.events.relay import run_reactions
from shop.work.actions.jobs import keep_job_file, start_job
from shop.work.models import Job
from tests import cast
from tests.faults.dying import Work, run_and_die
from tests.make import make_new_sku

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.fault("D1")]
ROWS = 120


@pytest.fixture
def sku():
    return make_new_sku()


@pytest.fixture
def job(sku):
    """A table of so many rows of one SKU, each with its own price."""
    manager = cast.staff("operations_manager")
    headings = ",".join(str(column.title) for column in PRICES.columns[:2])
    lines = [headings, *(f"{sku.code},{price}" for price in range(1, ROWS + 1))]
    stored = keep_job_file("prices.csv", "\n".join(lines).encode(), by=manager)
    return start_job(IMPORT, {"importer": PRICES.code}, source=stored, by=manager)


@pytest.mark.parametrize("statement", [40, 300, 800])
def test_killed_in_the_middle_it_goes_on_and_each_row_is_applied_once(
    job, sku, ground, tmp_path, statement
):
    before = EventLog.objects.filter(kind="catalog.SkuPriced").count()
    delivery = Delivery.objects.get(reaction="work.run_long_work")
    url = "postgres://{USER}:{PASSWORD}@{HOST}:{PORT}/{NAME}".format(**connection.settings_dict)
    work = Work("delivery", "work.run_long_work", delivery.pk)
    assert run_and_die(ground, work, statement, url, tmp_path) == statement
    job.refresh_from_db()
    assert job.status == "running"
    assert job.done < ROWS
    with turned_to(now() + timedelta(minutes=5)):
        run_reactions()
    job.refresh_from_db()
    assert (job.status, job.done, job.refused) == ("done", ROWS, 0)
    assert EventLog.objects.filter(kind="catalog.SkuPriced").count() - before == ROWS
    assert Offer.objects.get(sku=sku).price_fen == ROWS * 100
    assert Job.objects.count() == 1
