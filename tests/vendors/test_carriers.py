"""快递100: our client against the simulator, and against answers that it should not believe."""

import json
import traceback
from datetime import UTC, datetime
from hashlib import md5
from urllib.parse import parse_qs, urlencode

import pytest

from shop.vendors.carriers import client as carrier_client
from shop.vendors.carriers.client import Carrier, Party, Shipment, get_carrier
from shop.vendors.carriers.errors import AlreadyFollowed, BadPush, ForgedPush, NoSuchWaybill
from shop.vendors.carriers.scans import State, state_of
from shop.vendors.carriers.simulator.pushes import push_body
from shop.vendors.errors import (
    UnreadableAnswer,
    VendorBusy,
    VendorRefused,
    VendorUnreachable,
)
from tests.carriers import CUSTOMER, KEY, SALT, SECRET, carrier_settings
from tests.vendors.receiver import Receiver

TO = Party("王明", "13800001234", "浙江省杭州市西湖区文三路 90 号")
PARCEL = Shipment("261122000000000001W1", TO, "保健食品")
SIGNED = {"time": "2026-11-20 18:05:09", "context": "已签收", "statusCode": "301"}


@pytest.fixture
def sf(carriers):
    return get_carrier("SF")


def answered(body, status=200):
    """A client whose vendor answers just this."""
    return Receiver(always=(status, {}, body if isinstance(body, bytes) else body.encode()))


def track_of(receiver, waybill="SF1000000000001"):
    with receiver:
        return Carrier(carrier_settings(receiver.base_url), "SF").track(waybill, "13800001234")


def telling(**changes):
    told = {"com": "shunfeng", "nu": "SF1000000000001", "state": "3", "data": [SIGNED]}
    return json.dumps(told | changes, ensure_ascii=False)


class TestWaybills:
    def test_one_waybill_for_one_number_however_often(self, sf, carriers):
        first, again = sf.create(PARCEL), sf.create(PARCEL)
        assert first == again
        [known] = carriers.waybills()
        assert (known["number"], known["order_id"]) == (first, PARCEL.number)

    def test_an_answer_that_was_lost_is_not_a_second_waybill(self, sf, carriers):
        carriers.set_faults(lose_answers=True)
        with pytest.raises(VendorUnreachable):
            sf.create(PARCEL)
        carriers.clear_faults()
        sf.create(PARCEL)
        assert len(carriers.waybills()) == 1

    def test_the_same_number_for_another_parcel_is_refused(self, sf):
        sf.create(PARCEL)
        other = Shipment(PARCEL.number, TO, "别的货物")
        with pytest.raises(VendorRefused, match="30001"):
            sf.create(other)

    def test_a_waybill_is_given_back_while_nothing_travels_under_it(self, sf, carriers):
        waybill = sf.create(PARCEL)
        sf.cancel(waybill, "订单取消")
        assert carriers.waybills() == []
        with pytest.raises(NoSuchWaybill):
            sf.cancel(waybill)

    def test_what_was_collected_cannot_be_given_back(self, sf, carriers):
        waybill = sf.create(PARCEL)
        carriers.scan("shunfeng", waybill, "1")
        with pytest.raises(VendorRefused, match="30001"):
            sf.cancel(waybill)

    @pytest.mark.parametrize(
        ("code", "error"), [("-1", VendorBusy), ("30004", VendorRefused), ("30002", VendorRefused)]
    )
    def test_codes(self, sf, carriers, code, error):
        carriers.set_faults(code=code)
        with pytest.raises(error, match=code):
            sf.create(PARCEL)

    def test_a_wrong_secret_is_refused(self, carriers, carriers_running):
        stranger = carrier_settings(carriers_running.url, secret="another")
        with pytest.raises(VendorRefused, match="30002"):
            Carrier(stranger, "SF").create(PARCEL)

    def test_the_signature_is_the_documents(self):
        """MD5(param + t + key + secret), in capitals."""
        with answered('{"code":200,"data":{"kuaidinum":"SF1"}}') as receiver:
            Carrier(carrier_settings(receiver.base_url), "SF").create(PARCEL)
        [request] = receiver.received
        form = {name: value for name, [value] in parse_qs(request.body.decode()).items()}
        text = form["param"] + form["t"] + KEY + SECRET
        assert form["sign"] == md5(text.encode()).hexdigest().upper()
        assert form["method"] == "order"


class TestTracking:
    def test_scans_come_oldest_first_in_utc(self, sf, carriers):
        carriers.scan("shunfeng", "SF7000001", "5", "派送中", at="2026-11-21 08:30:00")
        carriers.scan("shunfeng", "SF7000001", "1", "已揽收", at="2026-11-20 09:00:00")
        first, last = sf.track("sf7000001", "13800001234")
        assert (first.state, last.state) == (State.COLLECTED, State.DELIVERING)
        assert first.at == datetime(2026, 11, 20, 1, tzinfo=UTC)

    def test_nothing_yet_is_no_error(self, sf):
        assert sf.track("SF1999999999999", "13800001234") == []

    def test_too_short_for_a_waybill(self, sf):
        with pytest.raises(VendorRefused, match="400"):
            sf.track("SF7", "13800001234")

    def test_sf_wants_a_phone(self, sf, carriers):
        with pytest.raises(VendorRefused, match="408"):
            sf.track("SF1999999999999")

    def test_no_more_of_the_phone_than_its_tail_leaves_the_house(self):
        with answered(telling()) as receiver:
            Carrier(carrier_settings(receiver.base_url), "SF").track("SF1000000000001", TO.phone)
        [request] = receiver.received
        assert TO.phone not in request.body.decode()
        assert "1234" in request.body.decode()

    def test_the_signature_is_the_documents(self):
        """MD5(param + key + customer), in capitals."""
        with answered(telling()) as receiver:
            Carrier(carrier_settings(receiver.base_url), "SF").track("SF1000000000001", "1234")
        form = parse_qs(receiver.received[0].body.decode())
        text = form["param"][0] + KEY + CUSTOMER
        assert form["sign"] == [md5(text.encode()).hexdigest().upper()]

    @pytest.mark.parametrize(
        ("code", "text", "state"),
        [
            ("0", "", State.MOVING), ("1002", "", State.MOVING), ("1", "", State.COLLECTED),
            ("103", "", State.COLLECTED), ("5", "", State.DELIVERING),
            ("501", "", State.TO_PICK_UP), ("3", "", State.SIGNED), ("304", "", State.SIGNED),
            ("2", "", State.TROUBLE), ("206", "", State.TROUBLE), ("2", "快件遗失", State.LOST),
            ("203", "", State.REFUSED), ("14", "", State.REFUSED), ("6", "", State.RETURNING),
            ("4", "", State.RETURNED), ("401", "", State.CANCELLED), ("8", "", State.MOVING),
            ("", "", State.MOVING), ("99", "", State.MOVING), ("7777", "", State.MOVING),
        ],
    )  # fmt: skip
    def test_states(self, code, text, state):
        assert state_of(code, text) == state


@pytest.mark.fault("F3")
class TestOddAnswers:
    """200 with an error body, HTML, wrong JSON, another number: nothing of it is believed."""

    @pytest.mark.parametrize(
        "body",
        [
            b"", b"<html><body>502</body></html>", b"null", b"[]", b"{", b"\xff\xfe",
            b'{"com":"shunfeng","com":"ems","nu":"SF1","data":[]}',
            telling(nu="SF1000000000002").encode(), telling(com="zhongtong").encode(),
            telling(data="SIGNED").encode(), telling(data=[1]).encode(),
            telling(data=[SIGNED] * 600).encode(), telling(nu=12).encode(),
            telling(data=[SIGNED | {"time": "2026-13-45 99:99:99"}]).encode(),
            telling(data=[SIGNED | {"time": "yesterday"}]).encode(),
            telling(data=[SIGNED | {"time": 17}]).encode(),
            telling(data=[SIGNED | {"context": ""}]).encode(),
            telling(data=[SIGNED | {"context": None}]).encode(),
            telling(data=[SIGNED | {"context": "长" * 5000}]).encode(),
            telling(data=[SIGNED | {"statusCode": {"is": "3"}}]).encode(),
        ],
    )  # fmt: skip
    def test_is_unreadable(self, body):
        with pytest.raises(UnreadableAnswer):
            track_of(answered(body))

    @pytest.mark.parametrize("status", [400, 403, 404])
    def test_a_refusal_in_http(self, status):
        with pytest.raises(VendorRefused, match=str(status)):
            track_of(answered("{}", status))

    @pytest.mark.fault("F4")
    def test_come_back_later(self):
        with pytest.raises(VendorBusy):
            track_of(answered("{}", 429))

    def test_repeated_scans_are_one(self):
        assert len(track_of(answered(telling(data=[SIGNED] * 5)))) == 1

    def test_what_cannot_be_printed_is_left_out(self):
        odd = SIGNED | {"context": "已签收\r\n\u200b签收人\t本人\x00"}
        [scan] = track_of(answered(telling(data=[odd])))
        assert scan.text == "已签收 签收人 本人"

    def test_of_a_long_text_the_beginning(self):
        [scan] = track_of(answered(telling(data=[SIGNED | {"context": "长" * 1000}])))
        assert scan.text == "长" * 300

    def test_html_from_the_label_api_is_no_waybill(self, sf, carriers):
        carriers.set_faults(html=True)
        with pytest.raises(UnreadableAnswer):
            sf.create(PARCEL)

    def test_another_waybills_track(self, sf, carriers):
        carriers.scan("shunfeng", "SF7000001", "1")
        carriers.set_faults(other_waybill=True)
        with pytest.raises(UnreadableAnswer, match="another waybill"):
            sf.track("SF7000001", "13800001234")


class TestPushes:
    def follow(self, sf, receiver, waybill="SF7000009"):
        sf.follow(waybill, f"{receiver.base_url}/hooks/tracking/SF/", TO.phone)

    def test_what_is_pushed_is_believed(self, sf, carriers):
        taken = (200, {}, b'{"result":true,"returnCode":"200","message":"ok"}')
        with Receiver(always=taken) as receiver:
            self.follow(sf, receiver)
            carriers.scan("shunfeng", "SF7000009", "1", "已揽收")
            [request] = receiver.wait_for(1)
        push = sf.parse_push(request.body, request.headers)
        assert push.waybill == "SF7000009"
        assert [scan.state for scan in push.scans] == [State.COLLECTED]
        assert not push.is_over

    def test_a_waybill_is_followed_once(self, sf):
        with Receiver() as receiver:
            self.follow(sf, receiver)
            with pytest.raises(AlreadyFollowed):
                self.follow(sf, receiver)

    def test_the_order_of_scans_in_a_push_means_nothing(self, sf):
        scans = [SIGNED, SIGNED | {"time": "2026-11-19 08:00:00", "statusCode": "1"}]
        for told in (scans, scans[::-1]):
            push = sf.parse_push(pushed(data=told), {})
            assert [scan.state for scan in push.scans] == [State.COLLECTED, State.SIGNED]

    def test_the_same_push_again_has_the_same_id(self, sf):
        assert sf.parse_push(pushed(), {}).id == sf.parse_push(pushed(), {}).id
        assert sf.parse_push(pushed(), {}).id != sf.parse_push(pushed(nu="SF2"), {}).id

    def test_the_end_is_told(self, sf):
        assert sf.parse_push(pushed(status="shutdown"), {}).is_over

    @pytest.mark.parametrize(
        "body",
        [
            b"", b"param=%7B%7D", b"sign=00", b"\xff\xfe=1", b"sign=&param=",
            push_body({}, "wrong"), push_body({}, ""), push_body({}, SECRET),
            push_body({}, SALT) + b"x", push_body({}, SALT) + b"&param=%7B%7D",
            push_body({}, SALT).replace(b"polling", b"Polling"),
            json.dumps({"param": {}}).encode(),
        ],
    )  # fmt: skip
    def test_forged(self, sf, body):
        with pytest.raises(ForgedPush):
            sf.parse_push(body, {})

    def test_without_a_salt_of_ours_nobody_is_believed(self):
        unsalted = Carrier(carrier_settings(salt=""), "SF")
        with pytest.raises(ForgedPush):
            unsalted.parse_push(push_body({}, ""), {})

    @pytest.mark.parametrize(
        "changes",
        [{"com": "ems"}, {"nu": ""}, {"data": None}, {"data": [{}]}, {"nu": "王明"}],
    )
    def test_signed_and_still_no_push(self, sf, changes):
        with pytest.raises(BadPush):
            sf.parse_push(pushed(**changes), {})

    def test_no_push_of_another_kind(self, sf):
        for param in (b"[]", b"{}", b'{"status":"polling"}', b"no json"):
            sign = md5(param + SALT.encode()).hexdigest()
            with pytest.raises(BadPush):
                sf.parse_push(urlencode({"sign": sign, "param": param}).encode(), {})


def pushed(status="polling", **changes):
    told = {"com": "shunfeng", "nu": "SF1", "state": "3", "data": [SIGNED]}
    return push_body(told | changes, SALT, status=status)


def test_no_secret_and_nobody_in_errors(carriers, carriers_running):
    carriers.set_faults(code="30004")
    for wrong in ({}, {"secret": "another"}, {"label_url": "http://127.0.0.1:1"}):
        client = Carrier(carrier_settings(carriers_running.url, **wrong), "SF")
        with pytest.raises((VendorRefused, VendorUnreachable)) as error:
            client.create(PARCEL)
        told = "".join(traceback.format_exception(error.value)) + repr(PARCEL)
        for secret in (KEY, SECRET, SALT, TO.name, TO.phone, "文三路"):
            assert secret not in told


def test_every_carrier_of_ours_has_a_code():
    from orders.models import Parcel

    assert set(carrier_client.COMPANIES) == set(Parcel.Carrier.values)
