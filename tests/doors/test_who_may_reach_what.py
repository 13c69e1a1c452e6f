"""Every staff page × every role: as the table of roles says; and no page writes by itself."""

import pytest
from django.contrib import admin
from django.urls import get_resolver, reverse
from django.urls.resolvers import URLResolver

from shop.identity.roles import BY_CODE, ROLES
from tests.doors.conftest import desk_of
from tests.make import make_order

pytestmark = [pytest.mark.django_db, pytest.mark.fault("H1"), pytest.mark.fault("H4")]


def registered():
    return [model._meta for model in admin.site._registry]


def may_view(role, meta):
    return f"{meta.app_label}.view_{meta.model_name}" in BY_CODE[role].permissions


@pytest.mark.parametrize("role", [role.code for role in ROLES])
def test_a_list_opens_exactly_for_who_may_view_it(role):
    client = desk_of(role)
    for meta in registered():
        answer = client.get(reverse(f"admin:{meta.app_label}_{meta.model_name}_changelist"))
        expected = 200 if may_view(role, meta) else 403
        assert answer.status_code == expected, (role, meta.label)


@pytest.mark.fault("H6")
@pytest.mark.parametrize("role", ["director", "technical_lead", "operations_manager", "hr"])
def test_no_form_adds_changes_or_deletes_a_row(role):
    make_order("paid")
    client = desk_of(role)
    for meta in registered():
        name = f"admin:{meta.app_label}_{meta.model_name}"
        row = meta.model._default_manager.order_by("pk").first()
        assert client.post(reverse(f"{name}_add"), {}).status_code == 403, meta.label
        if row is not None:
            before = meta.model._default_manager.filter(pk=row.pk).values().get()
            change, delete = (
                client.post(reverse(f"{name}_{act}", args=[row.pk]), {"post": "yes"})
                for act in ("change", "delete")
            )
            assert delete.status_code in {403, 404}, meta.label
            assert change.status_code != 302, f"{meta.label}: a form was taken"
            assert meta.model._default_manager.filter(pk=row.pk).values().get() == before


def test_nobody_sees_anything_without_signing_in(client):
    for meta in registered():
        answer = client.get(reverse(f"admin:{meta.app_label}_{meta.model_name}_changelist"))
        assert answer.status_code == 302
        assert "/admin/login/" in answer.headers["Location"]


def outside():
    """Every address that is neither the admin's own nor the API's."""
    for entry in get_resolver().url_patterns:
        if isinstance(entry, URLResolver):
            if str(entry.pattern) not in {"admin/", "api/v1/"}:
                yield from (f"{entry.pattern}{inner.pattern}" for inner in entry.url_patterns)
        else:
            yield str(entry.pattern)


def test_the_doors_beside_admin_and_api_are_these_and_no_others():
    assert set(outside()) == DECLARED


DECLARED = {
    "",  # leads to sign-in
    "admin/desk/act/<str:name>/<str:pk>/",
    "admin/desk/begin/<str:name>/",
    "admin/desk/<slug:code>/",
    "admin/desk/<slug:code>/rows/",
    "admin/desk/",
    "admin/desk/cards/",
    "admin/desk/team/",
    "admin/desk/team/rows/",
    "admin/desk/team/hand-over/<str:key>/",
    "admin/desk/enrol/",
    "admin/desk/bell/",
    "admin/desk/notices/",
    "admin/desk/notices/rows/",
    "admin/desk/notices/all-read/",
    "admin/desk/notices/preferences/",
    "admin/desk/jobs/<int:pk>/timetable/",
    "admin/desk/calendars/<int:pk>/<int:year>/",
    "admin/desk/calendars/<int:pk>/<int:year>/<slug:step>/",
    "admin/desk/figures/",
    "admin/desk/figures/<str:code>/",
    "admin/desk/practice/",
    "admin/desk/files/<int:pk>/",
    "admin/desk/reading/",
    "admin/desk/deputies/",
    "admin/sheets/",
    "admin/sheets/<int:pk>/",
    "admin/sheets/<int:pk>/answer/",
    "admin/sheets/forms/<int:pk>/edit/",
    "admin/catalogue/revisions/<int:pk>/write/",
    "admin/catalogue/why-off-sale/",
    "admin/warehouse/waves/",
    "admin/warehouse/release/",
    "admin/warehouse/waves/<int:pk>/",
    "admin/warehouse/waves/<int:pk>/rows/",
    "admin/warehouse/waves/<int:pk>/scan/",
    "admin/warehouse/waves/<int:pk>/short/",
    "admin/warehouse/waves/<int:pk>/list.pdf",
    "admin/warehouse/packing/",
    "admin/warehouse/packing/<str:number>/",
    "admin/warehouse/packing/<str:number>/close/",
    "admin/warehouse/parcels/<int:pk>/label/",
    "admin/warehouse/parcels/<int:pk>/slip.pdf",
    "admin/warehouse/leaving/",
    "admin/warehouse/leaving/<str:carrier>/",
    "admin/warehouse/hand-overs/<int:pk>/list.pdf",
    "admin/reports/",
    "admin/reports/runs/<int:pk>/",
    "admin/reports/mails/<int:pk>/",
    "admin/reports/mails/<int:pk>/workbook/",
    "admin/reports/preview/",
    "admin/reports/preview/mail/",
    "reports/unsubscribe/<str:token>/",
    "admin/desk/exports/<str:label>/",
    "admin/desk/jobs/<int:pk>/file/",
    "admin/desk/imports/<str:code>/",
    "admin/desk/imports/<str:code>/template/",
    "admin/desk/imports/<str:code>/<int:pk>/",
    "api/schema/",
    "api/docs/",
    "hooks/wechat/",
    "hooks/tracking/<str:carrier>/",
    "hooks/mail/",
    "hooks/wechatpay/",
    "hooks/wechatpay-refund/",
    "healthz",
    "readyz",
    "metrics",
    "i18n/setlang/",
}
