"""Login and phone: codes work once, errors have names, one refresh of the token serves all."""

import json
import threading
from dataclasses import replace

import pytest

from shop.vendors.errors import (
    UnreadableAnswer,
    VendorBusy,
    VendorRefused,
    VendorRetryable,
    VendorUnreachable,
)
from shop.vendors.wechat.errors import BadCode, TooManyLogins, UserBlocked
from shop.vendors.wechat.login import Login, get_login
from shop.vendors.wechat.tokens import AccessTokens
from tests.wechat import SECRET, wechat_settings

TOKEN_CALL = "POST /cgi-bin/stable_token"


class SharedCache:
    """What two processes would share: the part of Django's cache we use, `add` atomic."""

    def __init__(self):
        self._values = {}
        self._lock = threading.Lock()

    def get(self, key):
        return self._values.get(key)

    def set(self, key, value, timeout):
        self._values[key] = value

    def add(self, key, value, timeout):
        with self._lock:
            is_free = key not in self._values
            return is_free and not self._values.update({key: value})

    def delete(self, key):
        self._values.pop(key, None)


@pytest.fixture
def cache():
    return SharedCache()


@pytest.fixture
def login(simulator, cache):
    return Login(simulator.settings, cache)


def test_a_code_says_who_signed_in_once(login, simulator):
    code, openid = simulator.remote.login_code("王芳")
    session = login.code2session(code)
    assert (session.openid, session.unionid) == (openid, None)
    with pytest.raises(BadCode) as refused:
        login.code2session(code)
    assert refused.value.code == "40163"


def test_a_unionid_comes_along_when_there_is_one(login, simulator):
    code, _ = simulator.remote.login_code("王芳", unionid="o6_bmasdasdsad6_2sgVt7hMZOPfL")
    assert login.code2session(code).unionid == "o6_bmasdasdsad6_2sgVt7hMZOPfL"


def test_the_same_buyer_has_the_same_openid_and_another_has_another(login, simulator):
    openids = [
        login.code2session(simulator.remote.login_code(name)[0]).openid
        for name in ("王芳", "王芳", "李强")
    ]
    assert openids[0] == openids[1] != openids[2]


def test_the_session_key_stays_inside(login, simulator):
    session = login.code2session(simulator.remote.login_code("王芳")[0])
    assert not hasattr(session, "session_key")
    assert session.openid not in repr(session)


@pytest.mark.parametrize(
    ("errcode", "error"),
    [
        (40029, BadCode),
        (40163, BadCode),
        (45011, TooManyLogins),
        (40226, UserBlocked),
        (-1, VendorBusy),
        (45009, VendorBusy),
        (40125, VendorRefused),
    ],
)
def test_each_errcode_has_its_error(login, simulator, errcode, error):
    code, openid = simulator.remote.login_code("王芳", errcode=errcode)
    with pytest.raises(error) as refused:
        login.code2session(code)
    assert type(refused.value) is error
    assert refused.value.code == str(errcode)
    assert openid not in str(refused.value)
    assert code not in str(refused.value)
    assert isinstance(refused.value, VendorRetryable) == (errcode in (-1, 45009, 45011))


def test_an_unknown_code_is_bad(login):
    with pytest.raises(BadCode):
        login.code2session("0a1b2c3d4e5f6g7h8i9j")


@pytest.mark.parametrize("code", ["", "x" * 129, "验证码", "a\x00b", "a\nb", "\ud800"])
def test_what_cannot_be_a_code_costs_no_call(login, simulator, code):
    before = simulator.remote.calls()
    with pytest.raises(BadCode):
        login.code2session(code)
    with pytest.raises(BadCode):
        login.phone_number(code)
    assert simulator.remote.calls() == before


def test_a_wrong_secret_is_our_fault_and_is_not_printed(simulator, cache):
    settings = replace(simulator.settings, secret="wrong-" + SECRET)
    with pytest.raises(VendorRefused) as refused:
        Login(settings, cache).code2session(simulator.remote.login_code("王芳")[0])
    assert refused.value.code == "40125"
    assert SECRET not in f"{refused.value!r} {settings!r}"


def test_wechat_away(keys, cache):
    login = Login(wechat_settings(keys, "http://127.0.0.1:1"), cache)
    with pytest.raises(VendorUnreachable) as unreachable:
        login.code2session("0a1b2c3d4e5f")
    assert SECRET not in repr(unreachable.value)


def test_a_phone_number_for_a_code_once(login, simulator):
    code = simulator.remote.phone_code("13800138000")
    phone = login.phone_number(code)
    assert (phone.number, phone.country_code) == ("13800138000", "86")
    assert "13800138000" not in repr(phone)
    with pytest.raises(BadCode):
        login.phone_number(code)


def test_the_token_is_fetched_once_and_kept(login, simulator, cache):
    before = simulator.remote.calls().get(TOKEN_CALL, 0)
    for _ in range(3):
        login.phone_number(simulator.remote.phone_code("13800138000"))
    Login(simulator.settings, cache).phone_number(simulator.remote.phone_code("13800138000"))
    assert simulator.remote.calls()[TOKEN_CALL] - before == 1


@pytest.mark.fault("F9")
def test_a_token_that_died_is_refreshed_once_by_eight_callers_at_a_time(simulator, cache):
    callers = [Login(simulator.settings, cache) for _ in range(8)]
    callers[0].phone_number(simulator.remote.phone_code("13800138000"))
    before = simulator.remote.calls()[TOKEN_CALL]
    simulator.remote.expire_token()

    phones = in_parallel(
        [
            lambda c=caller: c.phone_number(simulator.remote.phone_code("13800138000"))
            for caller in callers
        ]
    )

    assert [phone.number for phone in phones] == ["13800138000"] * 8
    assert simulator.remote.calls()[TOKEN_CALL] - before == 1


@pytest.mark.fault("F9")
def test_without_the_lock_eight_callers_refresh_several_times(simulator, cache, monkeypatch):
    """The control: what the test above counts is the lock's doing."""
    monkeypatch.setattr(cache, "add", lambda *_: True)
    together = threading.Barrier(8, timeout=60)
    get = cache.get

    def get_together(key):
        value = get(key)
        if not value:
            together.wait(60)
        return value

    monkeypatch.setattr(cache, "get", get_together)
    before = simulator.remote.calls().get(TOKEN_CALL, 0)
    callers = [Login(simulator.settings, cache) for _ in range(8)]
    in_parallel(
        [
            lambda c=caller: c.phone_number(simulator.remote.phone_code("13800138000"))
            for caller in callers
        ]
    )
    assert simulator.remote.calls()[TOKEN_CALL] - before > 1


def test_who_gets_the_lock_just_after_a_refresh_takes_what_it_found():
    """Between the look into the cache and the lock, another process refreshed and went."""

    class JustRefreshed(SharedCache):
        def add(self, key, value, timeout):
            self.set("wechat:access-token:wx1", "fresh", 7200)
            return super().add(key, value, timeout)

    tokens = AccessTokens("wx1", JustRefreshed(), fetch=lambda: pytest.fail("asked again"))
    assert tokens.current() == tokens.after("stale") == "fresh"


def test_a_token_rejected_twice_is_not_tried_a_third_time(login, simulator):
    code = simulator.remote.phone_code("13800138000")
    login.phone_number(code)
    simulator.remote.set_faults(login_errcode=40001)
    path = "POST /wxa/business/getuserphonenumber"
    before = simulator.remote.calls()[path]
    with pytest.raises(VendorRefused, match="40001"):
        login.phone_number(simulator.remote.phone_code("13800138000"))
    assert simulator.remote.calls()[path] - before == 1


def test_another_process_that_never_finishes_is_not_waited_for_long(login, cache, monkeypatch):
    monkeypatch.setattr("shop.vendors.wechat.tokens.LOCK_SECONDS", 0.2)
    cache.add("wechat:access-token:wx8888888888888888:lock", "1", 15)
    with pytest.raises(VendorBusy):
        login.phone_number("0a1b2c3d4e5f")


@pytest.mark.parametrize(
    "content",
    [
        b"<html>",
        b"{}",
        b'{"openid": 7}',
        b'{"openid": ""}',
        b'{"errcode": "0", "openid": "o1"}',
        b'{"openid": "o1", "openid": "o2"}',
    ],
)
def test_nonsense_is_nobody(keys, cache, receiver, content):
    receiver.always = (200, {}, content)
    with pytest.raises(UnreadableAnswer):
        Login(wechat_settings(keys, receiver.base_url), cache).code2session("0a1b2c3d4e5f")


def test_a_phone_of_another_app_is_none(keys, cache, receiver):
    found = {"purePhoneNumber": "1", "countryCode": "86", "watermark": {"appid": "wx9"}}
    receiver.answers = [(200, {}, b'{"access_token": "t", "expires_in": 7200}')]
    receiver.always = (200, {}, json.dumps({"errcode": 0, "phone_info": found}).encode())
    with pytest.raises(UnreadableAnswer, match="another app"):
        Login(wechat_settings(keys, receiver.base_url), cache).phone_number("0a1b2c3d4e5f")


def test_the_shops_own_client_uses_the_shops_cache(settings, simulator):
    settings.WECHAT = simulator.settings
    settings.CACHES = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}
    assert get_login() is get_login()
    phone = get_login().phone_number(simulator.remote.phone_code("13900139000"))
    assert phone.number == "13900139000"


def in_parallel(calls):
    """Each call in a thread of its own, started together; their results."""
    results = [None] * len(calls)
    start = threading.Barrier(len(calls), timeout=60)

    def run(index, call):
        start.wait(60)
        results[index] = call()

    threads = [threading.Thread(target=run, args=pair) for pair in enumerate(calls)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(120)
    return results
