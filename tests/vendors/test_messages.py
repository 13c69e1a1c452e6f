"""Subscribe messages: one per allowance, every error by its name, a stale token renewed once."""

import pytest

from shop.vendors.errors import VendorBusy, VendorRefused, VendorUnreachable
from shop.vendors.wechat.errors import NotSubscribed
from shop.vendors.wechat.messages import Messages, SubscribeMessage, get_messages
from tests.vendors.test_login import TOKEN_CALL, SharedCache
from tests.wechat import wechat_settings

TEMPLATE = "shipped-".ljust(43, "-")
CALL = "POST /cgi-bin/message/subscribe/send"


@pytest.fixture
def messages(simulator):
    return Messages(simulator.settings, SharedCache())


def to(simulator, buyer, **changes):
    _code, openid = simulator.remote.login_code(buyer)
    known = {
        "openid": openid,
        "template_id": TEMPLATE,
        "page": "pages/order/index?number=261122",
        "values": {"thing1": "深海鱼油", "character_string2": "SF1234567890"},
    }
    return SubscribeMessage(**known | changes)


def test_one_allowance_carries_one_message(messages, simulator):
    message = to(simulator, "订阅一")
    simulator.remote.subscribe("订阅一", TEMPLATE)
    messages.send(message)
    with pytest.raises(NotSubscribed) as refused:
        messages.send(message)
    assert refused.value.code == "43101"
    [received] = [m for m in simulator.remote.messages() if m["touser"] == message.openid]
    assert received["data"]["thing1"] == {"value": "深海鱼油"}
    assert received["page"] == message.page
    assert received["miniprogram_state"] == "formal"


@pytest.mark.parametrize(
    ("changes", "errcode"),
    [
        ({"openid": "somebody"}, "40003"),
        ({"template_id": "unknown"}, "40037"),
        ({"page": "pages order"}, "41030"),
        ({"values": {"thing1": "二十个字装不下的一段话" * 2}}, "47003"),
        ({"values": {"phrase1": "not Chinese"}}, "47003"),
        ({"values": {}}, "47003"),
    ],
)
def test_what_wechat_refuses_has_its_errcode(messages, simulator, changes, errcode):
    with pytest.raises(VendorRefused) as refused:
        messages.send(to(simulator, "订阅二", **changes))
    assert refused.value.code == errcode


@pytest.mark.parametrize("errcode", [-1, 45009])
def test_a_busy_wechat_is_asked_again_later(messages, simulator, errcode):
    simulator.remote.set_faults(message_errcode=errcode)
    with pytest.raises(VendorBusy):
        messages.send(to(simulator, "订阅三"))


def test_a_rejected_token_is_renewed_once(messages, simulator):
    simulator.remote.subscribe("订阅四", TEMPLATE, 2)
    message = to(simulator, "订阅四")
    messages.send(message)
    simulator.remote.expire_token()
    before = simulator.remote.calls()[TOKEN_CALL]
    messages.send(message)
    assert simulator.remote.calls()[TOKEN_CALL] == before + 1


def test_nobody_there_is_unreachable_and_says_nothing_of_the_user(keys):
    lost = Messages(wechat_settings(keys, "http://127.0.0.1:1"), SharedCache())
    message = SubscribeMessage("o-secret", TEMPLATE, "pages/index", {"thing1": "秘密"})
    with pytest.raises(VendorUnreachable) as away:
        lost.send(message)
    assert "o-secret" not in str(away.value) + repr(message)
    assert "秘密" not in repr(message)


def test_the_shops_client_follows_the_settings(settings, simulator):
    settings.WECHAT = simulator.settings
    assert get_messages() is get_messages()
