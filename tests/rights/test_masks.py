"""What reaches a customer is masked on every page, for every post, until it is asked for."""

import re

import pytest
from django.contrib import admin
from django.urls import reverse

from shop.identity.roles import ROLES
from tests.api.conftest import device_of
from tests.doors.conftest import desk_of
from tests.rights.persons import NAME, OPENID, PHONE, STREET, canary

pytestmark = [pytest.mark.django_db, pytest.mark.fault("I2")]
WHOLE = (NAME, PHONE, STREET, OPENID)
MASKED = f"{PHONE[:3]}****{PHONE[-4:]}"


def pages(client):
    """Every list this person may open, and the page of every row on it; and their desks."""
    for model in admin.site._registry:
        name = f"admin:{model._meta.app_label}_{model._meta.model_name}"
        listed = client.get(reverse(f"{name}_changelist"))
        if listed.status_code == 200:
            yield name, listed.content.decode()
            for row in model._default_manager.order_by("-pk")[:3]:
                shown = client.get(reverse(f"{name}_change", args=[row.pk]))
                yield f"{name} {row.pk}", shown.content.decode()
    for queue in ("service", "warehouse", "work"):
        yield queue, client.get(f"/admin/desk/{queue}/").content.decode()


@pytest.mark.parametrize("role", [role.code for role in ROLES])
def test_no_page_of_any_post_shows_a_whole_name_number_or_street(role):
    canary()
    told = dict(pages(desk_of(role)))
    shown = {name: [word for word in WHOLE if word in page] for name, page in told.items()}
    assert not {name: words for name, words in shown.items() if words}


def test_the_masks_are_there_for_whoever_works_with_orders():
    canary()
    told = dict(pages(desk_of("service_agent")))
    assert any(MASKED in page for page in told.values())


def test_the_api_tells_a_person_of_nobody_else():
    canary()
    hua = device_of("hua")
    for path in ("me/", "me/addresses/", "orders/", "me/export/", "home/", "products/"):
        body = hua.get(f"/api/v1/{path}").content.decode()
        assert not [word for word in (*WHOLE, MASKED) if word in body], path
        assert not re.search(r"1[3-9]\d{9}", body), path
