"""Notices: the good one opens; foreign, altered and malformed ones change nothing."""

import gzip
import json
from base64 import b64decode, b64encode
from time import thread_time

import pytest

from shop.vendors.wechat.errors import BadNotice, ForgedNotice, NoticeRefused
from shop.vendors.wechat.notices import open_notice
from shop.vendors.wechat.simulator.crypto import sealed
from shop.vendors.wechat.simulator.notices import notice_body, sealed_resource
from tests.vendors.crafted import AT, SUCCESS
from tests.wechat import API_V3_KEY, APPID, MCHID, wechat_settings


def test_a_good_notice_opens(notices, craft):
    raw, headers = craft(id="EV-2018022511223320873")
    notice = notices.open(raw, headers, at=AT)
    assert (notice.id, notice.event_type) == ("EV-2018022511223320873", "TRANSACTION.SUCCESS")
    transaction = notice.transaction
    assert (transaction.appid, transaction.mchid) == (APPID, MCHID)
    assert transaction.out_trade_no == "T20261122120000001"
    assert transaction.transaction_id == "4200001234202611221234567890"
    assert transaction.trade_state == "SUCCESS"
    assert transaction.payer_openid == "oUpF8uMuAJO_M2pxb1Q9zNjWeS6o"
    assert (transaction.total_fen, transaction.currency) == (9900, "CNY")
    assert transaction.success_at == AT


def test_the_shops_settings_open_it_too(settings, keys, craft):
    settings.WECHAT = wechat_settings(keys, "http://127.0.0.1:1")
    raw, headers = craft()
    assert open_notice(raw, headers, at=AT).transaction.total_fen == 9900


def test_header_names_may_have_any_case_and_no_associated_data_is_fine(notices, keys, craft):
    plain = json.dumps(SUCCESS).encode()
    raw, headers = craft(resource=sealed_resource(plain, API_V3_KEY, associated_data=""))
    assert notices.open(raw, {name.upper(): v for name, v in headers.items()}, at=AT)


@pytest.mark.fault("C5")
class TestForeign:
    """Signed by WeChat Pay, and not for us or not a payment."""

    @pytest.mark.parametrize(
        "change",
        [
            {"mchid": "1900000110"},
            {"mchid": MCHID + " "},
            {"mchid": int(MCHID)},
            {"mchid": None},
            {"appid": "wx9999999999999999"},
            {"appid": APPID.upper()},
            {"appid": None},
            {"trade_state": "NOTPAY"},
            {"trade_state": "REFUND"},
            {"trade_state": "PAID"},
            {"out_trade_no": ""},
            {"out_trade_no": "T2026\u0000"},
            {"out_trade_no": "x" * 33},
            {"transaction_id": None},
            {"payer": {}},
            {"payer": {"openid": "o张三"}},
            {"payer": "oUpF8uMuAJO_M2pxb1Q9zNjWeS6o"},
            {"amount": None},
            {"amount": {"total": "9900", "currency": "CNY"}},
            {"amount": {"total": 9900.0, "currency": "CNY"}},
            {"amount": {"total": True, "currency": "CNY"}},
            {"amount": {"total": 9900}},
            {"success_time": "2026-11-22T12:00:00"},
            {"success_time": "0001-01-01T00:00:00+14:00"},
            {"success_time": "yesterday"},
        ],
    )
    def test_a_transaction_that_is_not_ours_or_not_whole(self, notices, craft, change):
        raw, headers = craft(SUCCESS | change)
        with pytest.raises(BadNotice):
            notices.open(raw, headers, at=AT)

    @pytest.mark.parametrize(
        "change",
        [
            {"event_type": "REFUND.SUCCESS"},
            {"event_type": None},
            {"resource_type": "plain-resource"},
            {"id": "x" * 37},
            {"id": ""},
            {"id": 7},
        ],
    )
    def test_a_notice_that_is_not_a_payment(self, notices, craft, change):
        raw, headers = craft(**change)
        with pytest.raises(BadNotice):
            notices.open(raw, headers, at=AT)

    def test_amount_and_payer_are_handed_on_for_the_caller_to_compare(self, notices, craft):
        changed = {"amount": {"total": 9901, "currency": "USD"}, "payer": {"openid": "oSomebody"}}
        raw, headers = craft(SUCCESS | changed)
        transaction = notices.open(raw, headers, at=AT).transaction
        assert (transaction.total_fen, transaction.currency) == (9901, "USD")
        assert transaction.payer_openid == "oSomebody"


@pytest.mark.fault("C12")
class TestTampered:
    """The envelope is signed; what it holds does not open."""

    @pytest.mark.parametrize("name", ["ciphertext", "nonce", "associated_data"])
    def test_one_bit_of_what_is_sealed(self, notices, craft, name):
        resource = sealed_resource(json.dumps(SUCCESS).encode(), API_V3_KEY)
        for position in range(0, len(resource[name]), max(len(resource[name]) // 20, 1)):
            value = resource[name]
            other = "A" if value[position] != "A" else "B"
            changed = {**resource, name: value[:position] + other + value[position + 1 :]}
            raw, headers = craft(resource=changed)
            with pytest.raises(BadNotice, match="does not open"):
                notices.open(raw, headers, at=AT)

    @pytest.mark.parametrize(
        "resource",
        [
            {"algorithm": "AEAD_SM4_GCM"},
            {"algorithm": None},
            {"nonce": ""},
            {"nonce": "short"},
            {"nonce": "x" * 13},
            {"nonce": "随机串随机串随机串随机串"},
            {"ciphertext": ""},
            {"ciphertext": "!!!!"},
            {"ciphertext": "AAAA"},
            {"ciphertext": ["A"]},
            {"associated_data": "x" * 17},
            {"associated_data": 7},
            None,
            "sealed",
            [],
        ],
    )
    def test_a_resource_of_another_kind(self, notices, craft, resource):
        raw, headers = craft(resource=resource)
        with pytest.raises(BadNotice):
            notices.open(raw, headers, at=AT)

    def test_the_tag_cut_off(self, notices, craft):
        resource = sealed_resource(json.dumps(SUCCESS).encode(), API_V3_KEY)
        bare = b64encode(b64decode(resource["ciphertext"])[:-16]).decode()
        raw, headers = craft(resource={**resource, "ciphertext": bare})
        with pytest.raises(BadNotice):
            notices.open(raw, headers, at=AT)

    @pytest.mark.parametrize("nonce", ["8 bytes.", "11 bytes..."])
    def test_well_sealed_but_under_a_shorter_nonce(self, notices, craft, nonce):
        ciphertext = sealed(API_V3_KEY, nonce, "transaction", json.dumps(SUCCESS).encode())
        raw, headers = craft(resource={"nonce": nonce, "ciphertext": ciphertext})
        with pytest.raises(BadNotice, match="12 bytes"):
            notices.open(raw, headers, at=AT)

    def test_sealed_with_another_key(self, notices, craft):
        resource = sealed_resource(json.dumps(SUCCESS).encode(), "f" * 32)
        raw, headers = craft(resource=resource)
        with pytest.raises(BadNotice):
            notices.open(raw, headers, at=AT)


GOOD_BODY = notice_body(SUCCESS, at=AT, api_v3_key=API_V3_KEY)
GOOD_TEXT = GOOD_BODY.decode()


@pytest.mark.fault("C13")
class TestBodies:
    BODIES = {
        "0 B": b"",
        "1 MB": b"{" + b" " * 1024 * 1024 + b"}",
        "64 KB and 1 B": GOOD_BODY + b" " * (64 * 1024 + 1 - len(GOOD_BODY)),
        "gzip": gzip.compress(GOOD_BODY),
        "GBK": GOOD_TEXT.encode("gbk"),
        "UTF-16": GOOD_TEXT.encode("utf-16"),
        "with a BOM": b"\xef\xbb\xbf" + GOOD_BODY,
        "duplicate key": GOOD_TEXT.replace("{", '{"id": "other", ', 1).encode(),
        "duplicate key within": GOOD_TEXT.replace(
            '"algorithm"', '"algorithm": "none", "algorithm"'
        ).encode(),
        "NaN": GOOD_TEXT.replace("{", '{"x": NaN, ', 1).encode(),
        "4,301 digits": b'{"x": ' + b"9" * 4301 + b"}",
        "too deep": b"[" * 60_000,
        "an array": b"[]",
        "null": b"null",
        "a form": b"id=1&event_type=TRANSACTION.SUCCESS",
        "two objects": GOOD_BODY + GOOD_BODY,
        "truncated": GOOD_BODY[:-1],
        "overlong UTF-8": GOOD_BODY.replace(b"/", b"\xc0\xaf") + b"\xc0\xaf",
    }

    @pytest.mark.parametrize("name", BODIES)
    def test_refused_in_50_ms_of_work_signed_and_unsigned(self, notices, sign, name):
        raw = self.BODIES[name]
        its_own, another = sign(raw), sign(GOOD_BODY)
        started = thread_time()
        with pytest.raises(BadNotice):
            notices.open(raw, its_own, at=AT)
        with pytest.raises(NoticeRefused):
            notices.open(raw, another, at=AT)
        assert thread_time() - started < 0.05

    def test_64_kb_is_still_read(self, notices, sign):
        raw = GOOD_BODY + b" " * (64 * 1024 - len(GOOD_BODY))
        assert notices.open(raw, sign(raw), at=AT)

    def test_the_bytes_are_verified_not_their_meaning(self, notices, sign):
        same_meaning = json.dumps(json.loads(GOOD_BODY), indent=1).encode()
        assert notices.open(same_meaning, sign(same_meaning), at=AT)
        with pytest.raises(ForgedNotice):
            notices.open(same_meaning, sign(GOOD_BODY), at=AT)


def test_a_refusal_says_nothing_about_the_payer(notices, craft):
    raw, headers = craft(SUCCESS | {"mchid": "1900000110"})
    with pytest.raises(BadNotice) as refused:
        notices.open(raw, headers, at=AT)
    assert SUCCESS["payer"]["openid"] not in f"{refused.value} {refused.value!r}"
