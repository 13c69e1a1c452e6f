"""Notices WeChat Pay did not send, or not now: each is forged, and none makes us call out."""

import random
import socket
from base64 import b64decode, b64encode
from datetime import timedelta

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa

from shop.vendors.wechat.errors import ForgedNotice
from shop.vendors.wechat.simulator.crypto import signature
from shop.vendors.wechat.simulator.notices import notice_body, signed_headers
from tests.vendors.crafted import AT, SUCCESS
from tests.wechat import API_V3_KEY, PUBLIC_KEY_ID

NOW = str(int(AT.timestamp()))
FULL_WIDTH = str.maketrans("0123456789", "０１２３４５６７８９")


@pytest.mark.fault("C6")
class TestForged:
    """2,000 forgeries; before each kind, the notice it is made from opens."""

    @pytest.fixture
    def good(self, notices, craft):
        raw, headers = craft()
        assert notices.open(raw, headers, at=AT)
        return raw, headers

    def refuse(self, notices, raw, headers):
        with pytest.raises(ForgedNotice):
            notices.open(raw, headers, at=AT)

    def test_random_signatures(self, notices, good):
        raw, headers = good
        dice = random.Random(6)
        for _ in range(400):
            signature = b64encode(dice.randbytes(256)).decode()
            self.refuse(notices, raw, headers | {"Wechatpay-Signature": signature})

    def test_signed_with_an_own_key(self, notices, craft):
        own = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        for number in range(200):
            raw, headers = craft(SUCCESS | {"out_trade_no": f"T{number:08}"}, key=own)
            self.refuse(notices, raw, headers)

    @pytest.mark.parametrize("name", ["Signature", "Timestamp", "Nonce", "Serial"])
    def test_empty_or_missing_header(self, notices, good, name):
        raw, headers = good
        self.refuse(notices, raw, headers | {f"Wechatpay-{name}": ""})
        del headers[f"Wechatpay-{name}"]
        self.refuse(notices, raw, headers)
        self.refuse(notices, raw, {})

    def test_junk_in_place_of_base64(self, notices, good):
        raw, headers = good
        dice = random.Random(7)
        for length in range(388):
            junk = "".join(dice.choice("AZaz09+/=-_ \t签名\x00\ud800") for _ in range(length))
            self.refuse(notices, raw, headers | {"Wechatpay-Signature": junk})

    def test_one_bit_of_the_body(self, notices, good):
        raw, headers = good
        for bit in random.Random(8).sample(range(len(raw) * 8), 500):
            self.refuse(notices, _with_bit_flipped(raw, bit), headers)

    @pytest.mark.parametrize(("name", "flips"), [("Nonce", 224), ("Timestamp", 70)])
    def test_one_bit_of_a_header(self, notices, good, name, flips):
        raw, headers = good
        value = headers[f"Wechatpay-{name}"].encode("latin-1")
        bits = range(len(value) * 8)
        for bit in random.Random(9).sample(bits, min(flips, len(bits))):
            flipped = _with_bit_flipped(value, bit).decode("latin-1")
            self.refuse(notices, raw, headers | {f"Wechatpay-{name}": flipped})

    def test_one_bit_of_the_signature(self, notices, good):
        raw, headers = good
        signature = b64decode(headers["Wechatpay-Signature"])
        for bit in random.Random(10).sample(range(2048), 206):
            flipped = b64encode(_with_bit_flipped(signature, bit)).decode()
            self.refuse(notices, raw, headers | {"Wechatpay-Signature": flipped})

    def test_bytes_cannot_wander_between_nonce_and_body(self, notices, keys):
        """What is signed is one text; a newline in the nonce would move the body's border."""
        head, tail = b"x\n", notice_body(SUCCESS, at=AT, api_v3_key=API_V3_KEY)
        whole = head + tail
        headers = signed_headers(whole, at=AT, key=keys.platform, serial=PUBLIC_KEY_ID)
        moved = headers | {"Wechatpay-Nonce": headers["Wechatpay-Nonce"] + "\nx"}
        self.refuse(notices, tail, moved)

    def test_another_signature_type(self, notices, good):
        raw, headers = good
        self.refuse(notices, raw, headers | {"Wechatpay-Signature-Type": "WECHATPAY2-SM2-WITH-SM3"})


@pytest.mark.fault("C7")
class TestTimestamps:
    @pytest.mark.parametrize("seconds", [-300, -1, 0, 1, 300])
    def test_within_5_minutes(self, notices, craft, seconds):
        raw, headers = craft(at=AT + timedelta(seconds=seconds))
        assert notices.open(raw, headers, at=AT)

    @pytest.mark.parametrize("seconds", [-86400, -301, 301, 86400])
    def test_further_away(self, notices, craft, seconds):
        raw, headers = craft(at=AT + timedelta(seconds=seconds))
        with pytest.raises(ForgedNotice, match="5 minutes"):
            notices.open(raw, headers, at=AT)

    @pytest.mark.parametrize(
        "timestamp",
        [
            "",
            "0",
            "-1",
            "now",
            "1e9",
            f"{NOW}.0",
            f"{int(NOW):#x}",
            f"+{NOW}",
            f" {NOW}",
            f"{NOW} ",
            f"{NOW}\n",
            f"{NOW[:-3]}_{NOW[-3:]}",
            NOW.translate(FULL_WIDTH),
            "9" * 12,
            "9" * 5000,
        ],
    )
    def test_no_timestamp_at_all(self, notices, keys, timestamp):
        """Correctly signed over the very text in the header."""
        raw = notice_body(SUCCESS, at=AT, api_v3_key=API_V3_KEY)
        headers = _signed_at(raw, timestamp, keys.platform)
        with pytest.raises(ForgedNotice):
            notices.open(raw, headers, at=AT)

    def test_the_way_they_are_signed_above_is_good(self, notices, keys):
        raw = notice_body(SUCCESS, at=AT, api_v3_key=API_V3_KEY)
        headers = _signed_at(raw, str(int(AT.timestamp())), keys.platform)
        assert notices.open(raw, headers, at=AT)


@pytest.mark.fault("C9")
def test_5000_random_serials_fetch_nothing_and_good_notices_still_pass(notices, craft, monkeypatch):
    connections = []
    monkeypatch.setattr(socket.socket, "connect", lambda *call: connections.append(call))
    raw, headers = craft()
    dice = random.Random(11)
    for round_number in range(5000):
        serial = dice.choice(
            [f"{dice.getrandbits(160):040X}", f"PUB_KEY_ID_{dice.getrandbits(90)}", "not hex", "签"]
        )
        with pytest.raises(ForgedNotice, match="serial"):
            notices.open(raw, headers | {"Wechatpay-Serial": serial}, at=AT)
        if round_number % 500 == 0:
            assert notices.open(raw, headers, at=AT)
    assert connections == []


@pytest.mark.fault("C11")
def test_a_probe_notice_is_forged(notices, keys):
    raw = notice_body(SUCCESS, at=AT, api_v3_key=API_V3_KEY)
    probe = signed_headers(raw, at=AT, key=keys.platform, serial=PUBLIC_KEY_ID, probe=True)
    assert probe["Wechatpay-Signature"].startswith("WECHATPAY/SIGNTEST/")
    with pytest.raises(ForgedNotice):
        notices.open(raw, probe, at=AT)


def _with_bit_flipped(content, bit):
    flipped = bytearray(content)
    flipped[bit // 8] ^= 1 << bit % 8
    return bytes(flipped)


def _signed_at(raw, timestamp, key):
    """Headers whose timestamp is any text, with a good signature over it."""
    text = f"{timestamp}\nnonce\n".encode() + raw + b"\n"
    return {
        "Wechatpay-Serial": PUBLIC_KEY_ID,
        "Wechatpay-Signature": signature(key, text),
        "Wechatpay-Timestamp": timestamp,
        "Wechatpay-Nonce": "nonce",
    }
