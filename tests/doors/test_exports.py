"""Lists out: what the person sees of them, marked, on record, and many persons with four eyes."""

import pytest

from shop.doors.desk import exports
from shop.doors.sheets import read_table
from shop.events.relay import run_reactions
from shop.records.models import AuditEntry
from shop.work.actions.approvals import approve
from shop.work.models import Approval, Job
from tests import cast
from tests.doors.conftest import desk_of

pytestmark = pytest.mark.django_db
CUSTOMERS = "/admin/desk/exports/identity.customer/"
SAID = {"format": "csv", "reason": "季度回访"}


@pytest.fixture
def customers():
    return [cast.customer(name) for name in ("ming", "hua", "li")]


def test_a_small_list_comes_at_once_marked_and_on_the_trail(customers):
    manager = desk_of("operations_manager")
    assert CUSTOMERS in manager.get("/admin/identity/customer/").content.decode()
    table = read_table(manager.post(CUSTOMERS, SAID).content, "a.csv")
    assert len(table.rows) == 3
    assert all("员工" in str(row.cells[-1]) for row in table.rows)
    assert AuditEntry.objects.get(kind="export").subject == "list:identity.customer"


@pytest.mark.parametrize(("role", "status"), [("service_agent", 403), ("designer", 403)])
def test_only_who_may_export_does(role, status, customers):
    client = desk_of(role)
    assert client.get(CUSTOMERS).status_code == status
    assert client.post(CUSTOMERS, SAID).status_code == status
    assert not AuditEntry.objects.filter(kind="export").exists()


def test_what_is_no_list_to_export_is_404():
    assert desk_of("director").get("/admin/desk/exports/identity.user/").status_code == 404


@pytest.mark.fault("I8")
def test_many_persons_need_a_second_ones_yes_and_it_is_used_up(customers, monkeypatch):
    monkeypatch.setattr(exports, "PERSONS_ALONE", 2)
    manager = desk_of("operations_manager")
    asked = manager.post(CUSTOMERS, SAID)
    approval = Approval.objects.get()
    assert asked["Location"].endswith(f"/work/approval/{approval.pk}/change/")
    assert (approval.payload["persons"], Job.objects.count()) == (4, 0)
    manager.post(CUSTOMERS, SAID)
    assert (Approval.objects.count(), Job.objects.count()) == (1, 0), "asking again changes nothing"
    approve(approval, by=cast.staff("director"))
    assert manager.post(CUSTOMERS, {**SAID, "format": "xlsx"})["Location"] != "/admin/desk/jobs/"
    assert manager.post(CUSTOMERS, SAID)["Location"] == "/admin/desk/jobs/"
    run_reactions()
    job = Job.objects.get()
    assert (job.status, job.done) == ("done", 3)
    file = manager.get(f"/admin/desk/jobs/{job.pk}/file/")
    assert len(read_table(file.content, "a.csv").rows) == 3
    approval.refresh_from_db()
    assert approval.status == "used"


@pytest.mark.fault("I8")
def test_the_right_is_read_again_when_the_job_runs(customers, monkeypatch):
    monkeypatch.setattr(exports, "AT_ONCE", 1)
    manager = desk_of("operations_manager")
    manager.post(CUSTOMERS, SAID)
    cast.staff("operations_manager").user.groups.clear()
    run_reactions()
    job = Job.objects.get()
    assert job.result is None
    assert job.status != "done"
