"""request_copy, prepare_copy, issue_copy_link, fetch_copy: all of one's data, nobody else's."""

import csv
import io
import json
import zipfile
from datetime import timedelta

import pytest
from django.apps import apps

from shop.clock import now, turned_to
from shop.errors import InvalidValue, NotAllowed
from shop.events.relay import run_reactions
from shop.identity.actors import Actor
from shop.identity.fields import BlindIndexField
from shop.identity.privacy import OWNED, PERSONAL
from shop.notices.models import Notice
from shop.records.actions.files import read_file
from shop.records.models import AuditEntry
from shop.rights.actions import (
    fetch_copy,
    issue_copy_link,
    prepare_copy,
    request_copy,
)
from shop.rights.copies import as_csv
from shop.rights.errors import CopyNotReady, LinkUsed
from shop.rights.models import DataRequest
from shop.rights.selectors import copy_of, rows_of, streams_of, told_columns
from tests import cast
from tests.make import make_order
from tests.rights.persons import FILE, NAME, NICK, PHONE, REMARK, SAID, STREET, canary, stranger

pytestmark = [pytest.mark.django_db, pytest.mark.fault("I4")]


def copied(customer):
    request = request_copy(customer, by=Actor.shopper(customer))
    run_reactions()
    request.refresh_from_db()
    return request


def opened(request):
    content = read_file(request.file, by=Actor.shopper(request.customer))
    return zipfile.ZipFile(io.BytesIO(content))


def test_everything_the_person_left_is_in_it_and_nothing_of_anybody_else():
    other, person = stranger(), canary()
    make_order("paid")
    archive = opened(copied(person))
    told = archive.read("data.json").decode()
    for trace in (NAME, PHONE, STREET, NICK, FILE, REMARK, SAID):
        assert trace in told, trace
        assert trace in archive.read("index.html").decode()
    for strange in ("路人丙", "13899990000", "漕溪北路", "王明", "13800001234"):
        assert strange not in told
    for secret in ("openid", "digest"):
        assert secret not in told
    assert copy_of(other)["identity.Address"][0]["recipient"] == "路人丙"


def test_the_tables_hold_the_same_as_the_json_and_open_as_tables():
    archive = opened(copied(canary()))
    tables = json.loads(archive.read("data.json"))["tables"]
    assert {"identity.Customer", "orders.Order", "orders.OrderLine", "analytics.PageEvent",
            "records.StoredFile", "work.WorkEntry", "notices.Consent"} <= tables.keys()  # fmt: skip
    for label, rows in tables.items():
        sheet = archive.read(f"tables/{label}.csv").decode("utf-8-sig")
        assert len(list(csv.reader(io.StringIO(sheet)))) == len(rows) + 1


def test_a_cell_is_never_a_formula():
    sheet = as_csv("orders.Order", [{"remark": "=cmd|' /C calc'!A0", "number": "1"}])
    assert "'=cmd" in sheet


@pytest.mark.parametrize("label", OWNED)
def test_every_column_that_may_be_told_is_told_and_no_secret_is(label):
    told = {f"{label}.{field.name}" for field in told_columns(apps.get_model(label))}
    of_it = {name for name in PERSONAL if name.startswith(f"{label}.")}
    hashes = {
        f"{label}.{field.name}"
        for field in apps.get_model(label)._meta.local_concrete_fields
        if isinstance(field, BlindIndexField)
    }
    assert told & of_it == {name for name in of_it if PERSONAL[name].exported} - hashes


@pytest.mark.parametrize("label", [label for label in OWNED if label != "doors.IdempotencyKey"])
def test_each_table_of_the_inventory_holds_rows_of_the_person_and_they_are_theirs(label):
    """A way that finds nothing would pass for a table without data."""
    person, other = canary(), stranger()
    rows = rows_of(person, label, streams_of(person))
    if label not in {"notices.Wishes", "notices.Allowance", "records.PolicyAcceptance",
                     "work.Approval", "rights.DataRequest",
                     "identity.CustomerToken"}:  # fmt: skip
        assert rows.exists()
    theirs = rows_of(other, label, streams_of(other))
    assert not set(rows.values_list("pk", flat=True)) & set(theirs.values_list("pk", flat=True))


def test_it_is_one_request_however_often_it_is_asked_for_and_made_once():
    ming = cast.customer()
    first = request_copy(ming, by=cast.shopper())
    assert request_copy(ming, by=cast.shopper()) == first
    made = prepare_copy(first, by=cast.SYSTEM)
    assert prepare_copy(first, by=cast.SYSTEM).file == made.file
    assert request_copy(ming, by=cast.shopper()) != first


def test_the_customer_is_told_when_it_is_there_and_the_notice_opens_nothing():
    request = copied(cast.customer())
    notice = Notice.objects.get(kind="rights.copy_ready")
    assert notice.party_id == cast.customer().party_id
    assert notice.figures == {}
    assert request.status == "ready"


def test_a_link_opens_once():
    request = copied(cast.customer())
    token = issue_copy_link(request, by=cast.shopper())
    stored, content = fetch_copy(token, by=cast.SYSTEM)
    assert stored == request.file
    assert content.startswith(b"PK")
    with pytest.raises(LinkUsed):
        fetch_copy(token, by=cast.SYSTEM)
    request.refresh_from_db()
    assert request.status == "fetched"
    export = AuditEntry.objects.get(kind=AuditEntry.Kind.EXPORT)
    assert export.customer_id == cast.customer().pk
    assert fetch_copy(issue_copy_link(request, by=cast.shopper()), by=cast.SYSTEM)


def test_a_link_ends_after_ten_minutes_and_when_the_next_is_made():
    request = copied(cast.customer())
    old = issue_copy_link(request, by=cast.shopper())
    new = issue_copy_link(request, by=cast.shopper())
    with pytest.raises(LinkUsed):
        fetch_copy(old, by=cast.SYSTEM)
    with turned_to(now() + timedelta(minutes=10, seconds=1)), pytest.raises(LinkUsed):
        fetch_copy(new, by=cast.SYSTEM)
    with pytest.raises(LinkUsed):
        fetch_copy("anything", by=cast.SYSTEM)
    assert DataRequest.objects.get(pk=request.pk).status == "ready"


def test_there_is_no_link_to_what_is_not_there():
    request = request_copy(cast.customer(), by=cast.shopper())
    with pytest.raises(CopyNotReady):
        issue_copy_link(request, by=cast.shopper())


def test_nobody_asks_for_another_and_no_post_reads_it():
    with pytest.raises(NotAllowed):
        request_copy(cast.customer("hua"), by=cast.shopper())
    request = copied(cast.customer())
    for role in ("director", "service_supervisor", "technical_lead"):
        with pytest.raises(NotAllowed):
            read_file(request.file, by=cast.staff(role))
        with pytest.raises(NotAllowed):
            issue_copy_link(request, by=cast.staff(role))
    with pytest.raises(NotAllowed):
        issue_copy_link(request, by=cast.shopper("hua"))


def test_staff_ask_for_one_who_phones_when_they_made_sure_who_it_is():
    agent = cast.staff("service_agent")
    with pytest.raises(InvalidValue):
        request_copy(cast.customer(), by=agent)
    request = request_copy(cast.customer(), "phoned_back", by=agent)
    assert request.asked_for_by == agent.user
    with pytest.raises(NotAllowed):
        request_copy(cast.customer(), "phoned_back", by=cast.staff("warehouse"))
