"""Gateways before the simulators, and a client that is not waited for long."""

from dataclasses import replace

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa

from shop.notices.kinds import KINDS, Audience, NoticeKind
from shop.vendors import outbound
from tests.faults.resilience.sick import Sick
from tests.faults.resilience.staging import Stage, lead_wechat
from tests.wechat import make_certificate, private_pem


@pytest.fixture(scope="session")
def unknown_certificate(tmp_path_factory):
    """Key and certificate of 127.0.0.1 that nobody vouches for."""
    path = tmp_path_factory.mktemp("tls") / "unknown.pem"
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    make_certificate(key, path, address="127.0.0.1")
    path.write_bytes(path.read_bytes() + private_pem(key))
    return path


@pytest.fixture
def memo(monkeypatch):
    """A kind that is told to staff, by the ways named."""

    def memo(**changes):
        known = {"code": "tests.memo", "label": "memo", "article": "A3.3", "subject": "Memo"}
        kind = NoticeKind(audience=Audience.STAFF, body="Read it.", **known, **changes)
        monkeypatch.setitem(KINDS, kind.code, kind)
        return kind

    return memo


@pytest.fixture
def _impatient(monkeypatch):
    """A vendor that is silent is given up after a second, not five."""
    monkeypatch.setattr(outbound, "READ_SECONDS", 1)


@pytest.fixture
def wechat_stage(_impatient, unknown_certificate, wechat, simulator, settings):
    """WeChat behind a gateway; the wrong keys are our secret and the merchant's serial."""
    lead = lead_wechat(settings, simulator)

    def wrong_key():
        pay = replace(settings.WECHAT.pay, merchant_serial="0" * 40)
        settings.WECHAT = replace(settings.WECHAT, secret="not the secret", pay=pay)

    with Sick(simulator.url, unknown_certificate) as sick:
        lead(sick.url)
        yield Stage(sick, lead, wrong_key)


@pytest.fixture
def carrier_stage(_impatient, unknown_certificate, carriers, carriers_running, settings):
    """快递100 behind a gateway."""
    known = carriers_running.settings

    def lead(url):
        settings.CARRIERS = replace(known, track_url=url, label_url=url)

    def wrong_key():
        settings.CARRIERS = replace(settings.CARRIERS, key="not the key")

    with Sick(carriers_running.url, unknown_certificate) as sick:
        lead(sick.url)
        yield Stage(sick, lead, wrong_key)
