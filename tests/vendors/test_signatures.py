"""Signing and verifying: round trips over any bytes, and keys in both modes while they rotate."""

import random
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from shop.vendors.errors import UnverifiedAnswer
from shop.vendors.wechat.errors import ForgedNotice
from shop.vendors.wechat.notices import Notices
from shop.vendors.wechat.pay import Pay
from shop.vendors.wechat.signatures import MerchantKey, PlatformKeys, SignatureRefused
from shop.vendors.wechat.simulator.crypto import is_signed_by
from shop.vendors.wechat.simulator.notices import sealed_notice, signed_headers
from tests.vendors.crafted import SUCCESS
from tests.vendors.orders import new_number, paid, prepaid
from tests.wechat import API_V3_KEY, PUBLIC_KEY_ID, make_certificate, pay_settings

NOWHERE = "http://127.0.0.1:1/hooks/wechatpay/"


@given(
    body=st.binary(max_size=4096), other=st.binary(max_size=4096), seconds=st.integers(-300, 300)
)
@settings(max_examples=150, deadline=None)
def test_what_wechat_signed_verifies_and_nothing_else_does(keys, body, other, seconds):
    assume(body != other)
    at = datetime.now(UTC).replace(microsecond=0)
    sent_at = at + timedelta(seconds=seconds)
    headers = signed_headers(body, at=sent_at, key=keys.platform, serial=PUBLIC_KEY_ID)
    known = PlatformKeys(pay_settings(keys))
    known.verify(body, headers, at=at)
    with pytest.raises(SignatureRefused):
        known.verify(other, headers, at=at)


@given(lines=st.lists(st.one_of(st.text(max_size=200), st.binary(max_size=1000)), max_size=6))
@settings(max_examples=60, deadline=None)
def test_what_we_sign_verifies_line_by_line(merchant_key, keys, lines):
    lines = [line for line in lines if isinstance(line, bytes) or line.isprintable()]
    text = b"".join((x if isinstance(x, bytes) else x.encode()) + b"\n" for x in lines)
    sign = merchant_key.sign(*lines)
    assert is_signed_by(keys.merchant.public_key(), text, sign)
    assert not is_signed_by(keys.merchant.public_key(), text + b"\n", sign)


@pytest.fixture(scope="session")
def merchant_key(keys):
    return MerchantKey(keys.file("merchant.pem"))


@pytest.fixture(scope="module")
def old(keys):
    """The key behind the certificate, its serial, and settings that know both modes."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    path = keys.file("certificate.pem")
    serial = make_certificate(key, path, valid_for=timedelta(days=30))
    return key, serial, replace(pay_settings(keys), certificate_files=(path,))


class TestRotation:
    """A merchant moves from platform certificate to public key; for a while WeChat uses both."""

    @pytest.mark.fault("C10")
    def test_both_are_good_until_the_certificate_expires(self, keys, old):
        key, serial, both = old
        notices = Notices(both)
        dice = random.Random(10)
        for share in (0.001, 0.1, 0.5, 0.9, 1.0):
            for _ in range(200):
                sender = (keys.platform, PUBLIC_KEY_ID) if dice.random() < share else (key, serial)
                assert _opened(notices, *sender, at=datetime.now(UTC))
        after = datetime.now(UTC) + timedelta(days=31)
        assert _opened(notices, keys.platform, PUBLIC_KEY_ID, at=after)
        for _ in range(100):
            with pytest.raises(ForgedNotice, match="expired"):
                _opened(notices, key, serial, at=after)

    def test_a_certificate_is_not_good_before_its_time(self, old):
        key, serial, both = old
        with pytest.raises(ForgedNotice, match="expired"):
            _opened(Notices(both), key, serial, at=datetime.now(UTC) - timedelta(days=2))

    def test_each_serial_goes_with_its_own_key_only(self, keys, old):
        key, serial, both = old
        for sender in ((key, PUBLIC_KEY_ID), (keys.platform, serial)):
            with pytest.raises(ForgedNotice, match="match"):
                _opened(Notices(both), *sender, at=datetime.now(UTC))

    @pytest.mark.parametrize("spelling", [str.upper, str.lower, lambda serial: serial.lstrip("0")])
    def test_the_serial_in_any_spelling(self, old, spelling):
        key, serial, both = old
        assert _opened(Notices(both), key, spelling(serial), at=datetime.now(UTC))

    def test_certificate_alone_and_public_key_alone(self, keys, old):
        key, serial, both = old
        certificate_only = replace(both, public_key_id="", public_key_file=None)
        assert _opened(Notices(certificate_only), key, serial, at=datetime.now(UTC))
        with pytest.raises(ForgedNotice, match="serial"):
            _opened(Notices(certificate_only), keys.platform, PUBLIC_KEY_ID, at=datetime.now(UTC))
        with pytest.raises(ForgedNotice, match="serial"):
            _opened(Notices(pay_settings(keys)), key, serial, at=datetime.now(UTC))

    def test_answers_over_http_under_the_old_serial(self, keys, simulator):
        path = keys.file("same-key-certificate.pem")
        serial = make_certificate(keys.platform, path)
        simulator.remote.set_faults(serial=serial)
        both = Pay(replace(simulator.settings.pay, certificate_files=(path,)))
        number = new_number()
        assert prepaid(both, simulator, NOWHERE, number)
        assert paid(both, simulator, NOWHERE, number)["trade_state"] == "SUCCESS"
        with pytest.raises(UnverifiedAnswer):
            Pay(simulator.settings.pay).query(number)


class TestWrongKeys:
    """Refused when the client is built, with the file's name."""

    def test_no_platform_key(self, keys):
        with pytest.raises(ValueError, match="neither"):
            PlatformKeys(replace(pay_settings(keys), public_key_id="", public_key_file=None))

    @pytest.mark.parametrize("name", ["merchant-public.pem", "junk.pem"])
    def test_no_private_key(self, keys, name):
        keys.file("junk.pem").write_text("-----BEGIN JUNK-----")
        with pytest.raises(ValueError, match=name):
            Pay(replace(pay_settings(keys), merchant_key_file=keys.file(name)))

    @pytest.mark.parametrize("name", ["platform.pem", "junk.pem"])
    def test_no_public_key_and_no_certificate(self, keys, name):
        keys.file("junk.pem").write_text("-----BEGIN JUNK-----")
        with pytest.raises(ValueError, match=name):
            PlatformKeys(replace(pay_settings(keys), public_key_file=keys.file(name)))
        with pytest.raises(ValueError, match=name):
            PlatformKeys(replace(pay_settings(keys), certificate_files=(keys.file(name),)))

    def test_an_api_v3_key_of_another_length(self, keys):
        with pytest.raises(ValueError, match="32 bytes"):
            Notices(replace(pay_settings(keys), api_v3_key="short"))


def _opened(notices, key, serial, *, at):
    raw, headers = sealed_notice(SUCCESS, at=at, key=key, serial=serial, api_v3_key=API_V3_KEY)
    return notices.open(raw, headers, at=at)
