"""Both factors, first sign-in, lock-out, and where everybody lands."""

import time

import pytest
from django.core.management import call_command
from django.urls import reverse
from django_otp.oath import TOTP

from demo.logins import code_for, logins, password_for, totp_device_for
from shop.errors import NotAllowed
from shop.events.models import EventLog
from shop.identity.actions import confirm_device, enrol_device
from shop.identity.errors import DeviceNotShown
from tests import cast

pytestmark = pytest.mark.django_db
LOGIN = "/admin/login/"


def code_of(device, steps_ago=0):
    shown = TOTP(device.bin_key)
    shown.time = time.time() - 30 * steps_ago
    return f"{shown.token():06d}"


def enrolled(actor):
    device = enrol_device(actor.user, by=actor)
    confirm_device(device, code_of(device, steps_ago=1), by=actor)
    return device


def sign_in(client, user, code="", password=cast.PASSWORD, **more):
    typed = {"username": user.username, "password": password, "otp_token": code}
    return client.post(LOGIN, {**typed, **more})


@pytest.mark.parametrize(
    ("role", "page"),
    [
        ("service_agent", "/admin/desk/service/"),
        ("warehouse", "/admin/desk/warehouse/"),
        ("technical_lead", "/admin/"),
        ("hr", "/admin/"),
    ],
)
def test_everybody_lands_on_their_desk(client, role, page):
    actor = cast.staff(role)
    device = enrolled(actor)
    answer = sign_in(client, actor.user, code_of(device))
    assert answer["Location"] == reverse("desk:landing")
    assert client.get(answer["Location"])["Location"] == page
    assert client.get(page).status_code == 200


def test_sign_in_returns_to_the_page_that_asked(client):
    actor = cast.staff("service_agent")
    device = enrolled(actor)
    asked = client.get("/admin/orders/order/")["Location"]
    assert 'name="next" value="/admin/orders/order/"' in client.get(asked).content.decode()
    answer = sign_in(client, actor.user, code_of(device), next="/admin/orders/order/")
    assert answer["Location"] == "/admin/orders/order/"


def test_it_never_leads_to_another_host(client):
    page = client.get(LOGIN + "?next=https://evil.example/").content.decode()
    assert "evil.example" not in page.split('name="next"')[1].split(">")[0]


def test_a_password_alone_opens_nothing(client):
    actor = cast.staff("director")
    enrolled(actor)
    answer = sign_in(client, actor.user)
    assert "请输入验证器当前显示的 6 位验证码" in answer.content.decode()
    assert client.get("/admin/").status_code == 302


def test_a_wrong_code_and_a_used_code_are_refused_in_words(client):
    actor = cast.staff("service_agent")
    device = enrolled(actor)
    code = code_of(device)
    sign_in(client, actor.user, code)
    client.logout()
    again = sign_in(client, actor.user, code)
    assert "验证码不正确或已使用过" in again.content.decode()
    hasty = sign_in(client, actor.user, "000000")
    assert "请稍等片刻" in hasty.content.decode()
    assert cast.PASSWORD not in hasty.content.decode()


def test_a_wrong_password_says_so_and_five_lock_the_door(client):
    actor = cast.staff("service_agent")
    first = sign_in(client, actor.user, password="wrong")
    assert "用户名或密码不正确" in first.content.decode()
    for _ in range(4):
        last = sign_in(client, actor.user, password="wrong")
    assert last.status_code == 429
    assert "锁定 15 分钟" in last.content.decode()
    assert sign_in(client, actor.user).status_code == 429  # the right one, too


def test_the_first_sign_in_leads_to_enrolment_and_from_there_to_the_desk(client):
    user = cast.staff("warehouse").user
    assert client.get(sign_in(client, user)["Location"]).status_code == 302
    page = client.get("/admin/desk/enrol/").content.decode()
    assert "<svg" in page
    assert "viewBox" in page
    assert "http://" not in page.split("<svg")[1].split("</svg>")[0].replace("www.w3.org", "")
    device = user.totpdevice_set.get()
    wrong = client.post("/admin/desk/enrol/", {"code": "12345"})
    assert "验证码是 6 位数字" in wrong.content.decode()
    done = client.post("/admin/desk/enrol/", {"code": code_of(device)})
    assert done.status_code == 302
    assert client.get(done["Location"])["Location"] == "/admin/desk/warehouse/"
    assert EventLog.objects.filter(kind="identity.DeviceEnrolled", data={"user_id": user.pk})


def test_until_then_nothing_else_opens(client):
    client.force_login(cast.staff("director").user, "shop.identity.backends.RolesBackend")
    for page in ("/admin/", "/admin/orders/order/", "/admin/desk/service/", "/admin/desk/cards/"):
        assert client.get(page).status_code in {302, 401}


def test_enrolment_is_over_once_a_device_is_confirmed(client):
    actor = cast.staff("director")
    enrolled(actor)
    client.force_login(actor.user, "shop.identity.backends.RolesBackend")
    assert client.get("/admin/desk/enrol/")["Location"] == reverse("desk:landing")
    assert actor.user.totpdevice_set.count() == 1


def test_nobody_enrols_for_another_and_a_wrong_code_confirms_nothing():
    me, other = cast.staff("hr"), cast.staff("finance")
    with pytest.raises(NotAllowed):
        enrol_device(other.user, by=me)
    device = enrol_device(other.user, by=other)
    with pytest.raises(NotAllowed):
        confirm_device(device, code_of(device), by=me)
    with pytest.raises(DeviceNotShown):
        confirm_device(device, "not it", by=other)
    device.refresh_from_db()
    assert not device.confirmed


def test_somebody_without_a_post_is_told_so(client):
    user = cast.staff("designer").user
    user.groups.clear()
    client.force_login(user, "shop.identity.backends.RolesBackend")
    assert "您还没有岗位" in client.get("/admin/desk/enrol/").content.decode()


def test_the_demos_logins_open_the_door(client, settings, capsys):
    settings.DEMO = True
    user = cast.staff("service_agent").user
    user.username = "kefu1"
    user.set_password(password_for("kefu1"))
    user.save()
    totp_device_for(user, by=cast.SYSTEM)
    answer = sign_in(client, user, code_for("kefu1"), password_for("kefu1"))
    assert answer.status_code == 302
    call_command("demo_logins")
    printed = capsys.readouterr().out
    for login in logins():
        assert login.password in printed
    assert "/admin/" in printed


def test_the_sign_in_page_offers_no_logins_outside_the_demo(client):
    assert "data-fill" not in client.get(LOGIN).content.decode()


def test_staff_read_chinese_until_they_choose_english(client):
    assert "员工登录" in client.get(LOGIN, headers={"Accept-Language": "en-US"}).content.decode()
    client.post("/i18n/setlang/", {"language": "en"})
    assert "Staff sign-in" in client.get(LOGIN).content.decode()
