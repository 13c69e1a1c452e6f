"""CA3 (A4.1b, D4.1.2): a change reaches customers as a reviewed revision, and no other way."""

import pytest
from django.db import DatabaseError, connection, transaction
from django.test import Client
from django.urls import reverse

from catalog.models import ProductRevision
from shop.doors.api.caching import forget_at_hand
from shop.events.relay import run_reactions
from shop.work.models import WorkItem
from tests import cast
from tests.doors.conftest import desk_of
from tests.make import make_product

pytestmark = [pytest.mark.django_db, pytest.mark.article("CA3", "A4.1b", "D4.1.2")]
AUTHOR, REVIEWER, TECHNICIAN = "operations_specialist", "compliance_reviewer", "technical_lead"
USAGE = "每日2次，每次1粒，温水送服"


@pytest.fixture
def product():
    for role in (AUTHOR, REVIEWER, TECHNICIAN):
        cast.staff(role)
    return make_product()


def press(role, action, row):
    return desk_of(role).post(f"/admin/desk/act/catalog.{action}/{row.pk}/")


def begun(product):
    press(AUTHOR, "revise_product", product)
    return ProductRevision.objects.get(product=product, number=2)


def write(change, **words):
    page = reverse("catalogue:write", args=[change.pk])
    return desk_of(AUTHOR).post(page, {**change.text, **words, "seen": change.edits})


def read_by_customers(product):
    """A second later."""
    forget_at_hand()
    return Client().get(f"/api/v1/products/{product.pk}/").json()["content"]["usage"]


def on_the_desk_of(role):
    run_reactions()
    return WorkItem.objects.open().filter(kind="listing_step", role=role).exists()


def test_a_change_goes_from_desk_to_desk_and_then_to_customers(product):
    before = read_by_customers(product)
    change = begun(product)
    write(change, usage=USAGE)
    press(AUTHOR, "submit_revision", change)
    assert on_the_desk_of(REVIEWER)
    press(REVIEWER, "approve_revision", change)
    assert on_the_desk_of(TECHNICIAN) and not on_the_desk_of(REVIEWER)
    assert read_by_customers(product) == before
    press(TECHNICIAN, "publish_revision", change)
    assert read_by_customers(product) == USAGE
    assert not on_the_desk_of(TECHNICIAN)


def test_there_is_no_way_round_the_review(product):
    before = read_by_customers(product)
    change = begun(product)
    write(change, usage=USAGE)
    press(AUTHOR, "publish_revision", change)
    press(TECHNICIAN, "publish_revision", change)
    press(AUTHOR, "submit_revision", change)
    press(AUTHOR, "approve_revision", change)
    change.refresh_from_db()
    assert change.status == "submitted"
    with (
        pytest.raises(DatabaseError, match="published_is_frozen"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(
            "UPDATE catalog_productrevision SET usage = %s WHERE product_id = %s AND number = 1",
            [USAGE, product.pk],
        )
    assert read_by_customers(product) == before
