"""B2.2: what comes in by a table is held to the rights of whoever brings it, row by row."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from catalog.models import Offer
from shop.events.relay import run_reactions
from shop.work.models import Job
from tests.doors.conftest import desk_of
from tests.make import make_new_sku

pytestmark = pytest.mark.django_db


@pytest.mark.article("ST1", "B2.2.2")
def test_a_table_that_comes_in_changes_only_what_its_bringer_may_change():
    # Given a table of prices in which one row is wrong
    sku = make_new_sku()
    table = f"SKU,list price,member price\n{sku.code},99.00,88\nNO-SUCH,1,\n".encode()

    # When an agent of service brings it, there is no such page
    page = "/admin/desk/imports/catalog.prices/"
    sent = {"table": SimpleUploadedFile("p.csv", table)}
    assert desk_of("service_agent").post(page, sent).status_code == 404

    # When the manager does, the preview names the row and changes nothing
    manager = desk_of("operations_manager")
    sent = {"table": SimpleUploadedFile("p.csv", table)}
    preview = manager.post(page, sent)["Location"]
    assert "NO-SUCH" in manager.get(preview).content.decode()
    assert Offer.objects.get(sku=sku).price_fen == 12_800

    # And applied, the good row counts, the other comes back, and the manager is told
    manager.post(preview)
    run_reactions()
    assert Offer.objects.get(sku=sku).price_fen == 9_900
    job = Job.objects.get()
    assert (job.done, job.refused) == (2, 1)
    assert "批量导入价格" in manager.get("/admin/desk/notices/").content.decode()
