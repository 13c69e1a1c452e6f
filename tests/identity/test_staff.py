"""appoint_staff_user and sync_roles: the table of roles is what the database says."""

import pytest
from django.contrib.auth.models import Group

from shop.errors import NotAllowed
from shop.events.models import EventLog
from shop.identity.actions import appoint_staff_user, sync_roles
from shop.identity.actors import Actor
from shop.identity.models import User
from shop.identity.roles import BY_CODE, ROLES
from tests import cast

pytestmark = pytest.mark.django_db


def test_an_appointed_user_holds_the_post_and_its_permissions():
    clerk = cast.staff("service_agent", "小李")
    assert [role.code for role in clerk.user.roles] == ["service_agent"]
    assert clerk.may("orders.confirm_order")
    assert not clerk.may("orders.ship_order")
    assert clerk.user.is_staff
    assert not clerk.user.is_superuser
    assert EventLog.objects.get(kind="identity.StaffUserAppointed").data["role"] == "service_agent"


def test_nobody_appoints_themselves_a_colleague():
    for role in ("director", "hr", "technical_lead"):
        with pytest.raises(NotAllowed):
            appoint_staff_user("x", "x", "director", cast.PASSWORD, by=cast.staff(role))
    assert not User.objects.filter(username="x").exists()


def test_a_post_that_does_not_exist_appoints_nobody():
    with pytest.raises(KeyError):
        appoint_staff_user("x", "x", "emperor", cast.PASSWORD, by=cast.SYSTEM)
    assert not User.objects.filter(username="x").exists()


def test_a_dismissed_user_may_nothing():
    clerk = cast.staff("service_agent")
    clerk.user.is_active = False
    assert not clerk.may("orders.confirm_order")


def test_syncing_takes_back_what_somebody_ticked():
    sync_roles(by=cast.SYSTEM)
    group = Group.objects.get(name="designer")
    group.permissions.add(*Group.objects.get(name="technical_lead").permissions.all())
    sync_roles(by=cast.SYSTEM)
    held = {f"{p.content_type.app_label}.{p.codename}" for p in group.permissions.all()}
    assert held == BY_CODE["designer"].permissions


def test_every_post_of_the_regulations_has_its_row():
    assert len({role.code for role in ROLES}) == len(ROLES) == 19
    assert all(role.article and str(role.name) for role in ROLES)


def test_the_system_acts_for_a_reason_alone():
    with pytest.raises(ValueError, match="reason"):
        Actor.system("")
