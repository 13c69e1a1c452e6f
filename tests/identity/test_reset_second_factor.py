"""reset_second_factor: a lost device is taken off another's account, never off one's own."""

import pytest
from django.contrib.sessions.models import Session

from shop.errors import InvalidValue, NotAllowed
from shop.events.models import EventLog
from shop.identity.actions import reset_second_factor
from shop.identity.errors import OwnSecondFactor
from shop.records.models import AuditEntry
from tests import cast
from tests.doors.conftest import desk_of
from tests.doors.test_sign_in import code_of, enrolled, sign_in

pytestmark = pytest.mark.django_db
RESET = "/admin/desk/act/identity.reset_second_factor/{}/"


@pytest.mark.parametrize("role", ["technical_lead", "hr"])
def test_it_ends_every_session_and_the_next_sign_in_enrols_anew(client, role):
    agent = cast.staff("service_agent")
    device = enrolled(agent)
    sign_in(client, agent.user, code_of(device))
    other = desk_of("service_agent")
    assert client.get("/admin/desk/service/").status_code == 200

    desk_of(role).post(RESET.format(agent.user.pk), {"why": "lost"})

    assert not agent.user.totpdevice_set.exists()
    for held in (client, other):
        assert held.get("/admin/desk/service/").status_code == 302
        assert held.get("/admin/desk/enrol/")["Location"].startswith("/admin/login/")
    again = sign_in(client, agent.user)
    assert client.get(again["Location"]).status_code == 302
    assert "<svg" in client.get("/admin/desk/enrol/").content.decode()


def test_the_sessions_of_others_go_on():
    lead = desk_of("technical_lead")
    warehouse = desk_of("warehouse")
    desk_of("service_agent")
    before = Session.objects.count()
    reset_second_factor(cast.staff("service_agent").user, "broken", by=cast.staff("hr"))
    assert Session.objects.count() == before - 1
    assert lead.get("/admin/").status_code == warehouse.get("/admin/").status_code == 200


def test_it_is_on_record_with_its_reason():
    agent = cast.staff("service_agent")
    reset_second_factor(agent.user, "misuse", by=cast.staff("hr"))
    fact = EventLog.objects.get(kind="identity.SecondFactorReset")
    assert fact.data == {"user_id": agent.user.pk, "why": "misuse"}
    entry = AuditEntry.objects.get(purpose="second factor taken off the account")
    assert (entry.kind, entry.subject) == (AuditEntry.Kind.GRANT, agent.user.stream)
    assert entry.user_id == cast.staff("hr").user.pk


@pytest.mark.parametrize("role", ["technical_lead", "hr"])
def test_nobody_resets_their_own(role):
    me = cast.staff(role)
    enrolled(me)
    with pytest.raises(OwnSecondFactor):
        reset_second_factor(me.user, "lost", by=me)
    assert me.user.totpdevice_set.filter(confirmed=True).exists()


@pytest.mark.parametrize("role", ["director", "engineer", "service_supervisor"])
def test_others_may_not(role):
    agent = cast.staff("service_agent")
    enrolled(agent)
    with pytest.raises(NotAllowed):
        reset_second_factor(agent.user, "lost", by=cast.staff(role))
    assert agent.user.totpdevice_set.exists()


def test_a_reason_that_is_none_is_refused():
    agent = cast.staff("service_agent")
    enrolled(agent)
    with pytest.raises(InvalidValue):
        reset_second_factor(agent.user, "because", by=cast.staff("hr"))
    assert agent.user.totpdevice_set.exists()


def test_the_button_stands_on_the_page_of_whoever_has_a_device():
    agent = cast.staff("service_agent").user
    page = f"/admin/identity/user/{agent.pk}/change/"
    assert "重置二次验证" not in desk_of("hr").get(page).content.decode()
    enrolled(cast.staff("service_agent"))
    assert "重置二次验证" in desk_of("hr").get(page).content.decode()
    assert "重置二次验证" not in desk_of("director").get(page).content.decode()
