"""MA10: what we know of a person is theirs to have and to have erased; it leaves in no other way.

Told through the mini-program's API, the desks, and a week of the clock.
"""

import io
import json
import zipfile

import pytest

from shop.books.models import Journal
from shop.clock import now, turned_to
from shop.doors.desk import exports
from shop.events.relay import run_reactions
from shop.identity.models import Address, Customer
from shop.records.models import AuditEntry
from shop.records.sealer import Sealer
from shop.records.verifier import verify_chain
from shop.rights.rules import COOLING
from shop.timing.sweeper import sweep_timers
from shop.work.models import Approval, Job
from tests import cast
from tests.api.conftest import device_of
from tests.doors.conftest import desk_of
from tests.make import make_order

pytestmark = pytest.mark.django_db
EXPORT, ME = "/api/v1/me/export/", "/api/v1/me/"


def week_later():
    return turned_to(now() + COOLING)


@pytest.mark.article("MA10", "D6.1.3", "PIPL 45")
def test_a_copy_holds_what_is_known_and_opens_once():
    # Given Ming, who has bought something
    order = make_order("completed")
    ming, hua = device_of("ming"), device_of("hua")

    # When Ming asks for all of it
    assert ming.post(EXPORT).status_code == 202
    run_reactions()

    # Then a link opens it, with the order and the address in it
    [ready] = ming.get(EXPORT).data
    link = ming.post(f"{EXPORT}{ready['id']}/link/").data["address"]
    copy = zipfile.ZipFile(io.BytesIO(hua.get(link).content))
    known = " ".join(copy.read(name).decode() for name in copy.namelist() if name.endswith("json"))
    assert order.number in known and "13800001234" in known
    assert json.loads(next(copy.read(n) for n in copy.namelist() if n.endswith("json")))

    # But not twice, and nobody else gets a link to it
    assert hua.get(link).status_code == 410
    assert hua.post(f"{EXPORT}{ready['id']}/link/").status_code == 404
    assert AuditEntry.objects.filter(kind="export").exists()


@pytest.mark.article("MA10", "D6.1.3", "PIPL 47")
def test_who_leaves_is_told_of_nowhere_and_books_and_chain_stand():
    # Given Ming with an order that is over, and the seals upon what happened
    order = make_order("completed")
    customer, ming = cast.customer(), device_of("ming")
    Sealer().seal()
    booked = Journal.objects.count()

    # When Ming leaves and a week has passed in which it could be called off
    assert ming.delete(f"{ME}?confirm=erase").status_code == 202
    with week_later():
        sweep_timers()
        run_reactions()

    # Then the account opens no more, and no desk shows who it was
    assert ming.get(ME).status_code == 401
    page = desk_of("service_agent").get(f"/admin/orders/order/{order.pk}/change/")
    shown = page.content.decode()
    assert order.number in shown and "王明" not in shown and "13800001234" not in shown
    assert not Address.objects.filter(party=customer.party_id).exists()

    # But what law keeps is kept: the books, and the chain over all that happened
    assert Journal.objects.count() == booked
    Sealer().seal()
    assert verify_chain() == []


@pytest.mark.article("MA10", "PIPL 47")
def test_walked_round_nobody_is_erased_too_early_or_by_somebody_else():
    # Given Ming with an open order
    make_order("paid")
    ming, hua = device_of("ming"), device_of("hua")

    # When Ming leaves, the open order is in the way
    assert ming.delete(f"{ME}?confirm=erase").status_code == 409

    # And when Hua leaves and comes back within the week, Hua stays, whoever else calls it off
    asked = hua.delete(f"{ME}?confirm=erase").data
    address = f"{ME}erasure/call-off/"
    assert ming.post(address).status_code in {404, 409}
    assert hua.get(f"{ME}erasure/").data["request"]["status"] == "cooling", asked
    assert hua.post(address).status_code == 200
    with week_later():
        sweep_timers()
    assert not Customer.objects.filter(erased_at__isnull=False).exists()


@pytest.mark.article("MA10", "PIPL 51")
def test_a_list_of_many_persons_leaves_the_house_by_two_alone(monkeypatch):
    # Given more customers than one person may take out of the house
    monkeypatch.setattr(exports, "PERSONS_ALONE", 2)
    for name in ("ming", "hua", "li"):
        cast.customer(name)
    manager, director = desk_of("operations_manager"), desk_of("director")
    page = "/admin/desk/exports/identity.customer/"
    said = {"format": "xlsx", "reason": "周年回访名单"}

    # When the manager exports them, it becomes a question to somebody else
    manager.post(page, said)
    assert not Job.objects.exists()
    assert "周年回访名单" in director.get("/admin/desk/approvals/").content.decode()

    # And a smaller filter, another format or the manager's own yes is no way round
    manager.post(page, {**said, "format": "csv"})
    own = Approval.objects.earliest("pk")
    act = f"/admin/desk/act/work.approve/{own.pk}/"
    assert manager.post(act, {}, headers={"Accept": "application/json"}).status_code == 403
    assert not Job.objects.exists()

    # When the director agrees, it can be taken once, and that is on the trail
    director.post(act, {"comment": ""}, headers={"Accept": "application/json"})
    assert manager.post(page, said)["Location"] == "/admin/desk/jobs/"
    run_reactions()
    assert Job.objects.get().status == "done"
    assert manager.post(page, said)["Location"] != "/admin/desk/jobs/"
    taken = AuditEntry.objects.filter(kind="export", subject="list:identity.customer")
    assert taken.count() == 1
