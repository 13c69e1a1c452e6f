"""The simulator keeps WeChat's rules: the gate, the notice schedule, its faults, its books."""

import json
import os
import subprocess
import sys
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import requests

from shop.vendors.wechat.errors import ForgedNotice
from shop.vendors.wechat.notices import Notices
from shop.vendors.wechat.pay import Pay
from shop.vendors.wechat.signatures import PlatformKeys
from shop.vendors.wechat.simulator.accounts import Accounts
from shop.vendors.wechat.simulator.books import Trade
from shop.vendors.wechat.simulator.cashier import new_trade
from shop.vendors.wechat.simulator.courier import RETRY_SECONDS
from shop.vendors.wechat.simulator.faults import Faults
from shop.vendors.wechat.simulator.remote import Declined
from tests.vendors.orders import BUYER, new_number, openid_of, paid, prepaid
from tests.wechat import MCHID, pay_settings, running_simulator, simulator_environment

ROOT = Path(__file__).parents[2]
NOWHERE = "http://127.0.0.1:1/hooks/wechatpay/"


class TestGate:
    """Requests that are not ours are refused, and the refusal is signed."""

    def get(self, simulator, pay, *, path=None, **changes):
        path = path or f"/v3/pay/transactions/out-trade-no/{new_number()}?mchid={MCHID}"
        headers = pay._headers("GET", path, b"") | changes
        return requests.get(simulator.url + path, headers=headers, timeout=60)

    def test_our_own_requests_pass(self, simulator, pay):
        assert self.get(simulator, pay).json()["code"] == "ORDER_NOT_EXIST"

    @pytest.mark.parametrize(
        "authorization",
        [
            "",
            "Bearer x",
            "WECHATPAY2-SHA256-RSA2048",
            'WECHATPAY2-SHA256-RSA2048 mchid="1900000109"',
        ],
    )
    def test_without_a_whole_authorization(self, simulator, pay, keys, authorization):
        answer = self.get(simulator, pay, Authorization=authorization)
        assert (answer.status_code, answer.json()["code"]) == (401, "SIGN_ERROR")
        known = PlatformKeys(pay_settings(keys))
        known.verify(answer.content, answer.headers, at=datetime.now(UTC))

    def test_a_request_is_good_once(self, simulator, pay):
        path = f"/v3/pay/transactions/out-trade-no/{new_number()}?mchid={MCHID}"
        authorization = pay._headers("GET", path, b"")["Authorization"]
        first, second = (
            self.get(simulator, pay, path=path, Authorization=authorization) for _ in range(2)
        )
        assert (first.status_code, second.status_code) == (404, 401)

    def test_a_signature_covers_the_query(self, simulator, pay):
        path = f"/v3/pay/transactions/out-trade-no/{new_number()}?mchid={MCHID}"
        authorization = pay._headers("GET", path, b"")["Authorization"]
        answer = self.get(simulator, pay, path=path + "&x=1", Authorization=authorization)
        assert answer.status_code == 401

    @pytest.mark.parametrize("drift", [-310, 310])
    def test_a_timestamp_5_minutes_off(self, simulator, keys, drift):
        late = Pay(simulator.settings.pay, now=lambda: datetime.now(UTC) + timedelta(seconds=drift))
        assert self.get(simulator, late).json()["code"] == "SIGN_ERROR"

    def test_without_accept(self, simulator, pay):
        assert self.get(simulator, pay, Accept=None).json()["code"] == "PARAM_ERROR"


class TestNotices:
    def test_retried_until_taken_always_the_same_body_freshly_signed(
        self, pay, simulator, receiver
    ):
        simulator.remote.set_faults(time_scale=150)
        receiver.answers = [(500, {}, b""), (401, {}, b'{"code":"FAIL"}'), (302, {}, b"")]
        paid(pay, simulator, receiver.url)
        told = receiver.wait_for(4)
        assert len({sent.body for sent in told}) == 1
        assert len({sent.headers["Wechatpay-Nonce"] for sent in told}) == 4
        time.sleep(0.3)
        assert len(receiver.received) == 4

    def test_200_is_taken_whatever_the_body_says(self, pay, simulator, receiver):
        simulator.remote.set_faults(time_scale=1000)
        receiver.always = (200, {}, b'{"code":"FAIL","message":"..."}')
        paid(pay, simulator, receiver.url)
        receiver.wait_for(1)
        time.sleep(0.3)
        assert len(receiver.received) == 1

    def test_given_up_after_the_whole_schedule_of_24_h_4_min(self, pay, simulator, receiver):
        assert sum(RETRY_SECONDS) == 24 * 3600 + 4 * 60
        simulator.remote.set_faults(time_scale=200_000)
        receiver.always = (500, {}, b"")
        number = new_number()
        paid(pay, simulator, receiver.url, number)
        receiver.wait_for(16)
        time.sleep(0.3)
        mine = [each for each in simulator.remote.deliveries() if each["out_trade_no"] == number]
        assert [each["attempt"] for each in mine] == list(range(1, 17))
        assert {each["status"] for each in mine} == {500}
        assert len({each["notice_id"] for each in mine}) == 1

    def test_dropped(self, pay, simulator, receiver):
        simulator.remote.set_faults(drop_notices=True)
        number = new_number()
        paid(pay, simulator, receiver.url, number)
        assert receiver.wait_for(1, seconds=0.3) == []
        assert pay.query(number).trade_state == "SUCCESS"

    def test_duplicated(self, pay, simulator, receiver):
        simulator.remote.set_faults(duplicates=20)
        paid(pay, simulator, receiver.url)
        assert len({sent.body for sent in receiver.wait_for(20)}) == 1
        assert len(receiver.received) == 20

    def test_delayed(self, pay, simulator, receiver):
        simulator.remote.set_faults(delay_seconds=0.4)
        paid(pay, simulator, receiver.url)
        assert receiver.wait_for(1, seconds=0.2) == []
        assert len(receiver.wait_for(1)) == 1

    @pytest.mark.fault("C11")
    def test_a_probe_comes_first_and_the_real_one_after(self, pay, simulator, receiver):
        simulator.remote.set_faults(probe_notices=True, time_scale=150)
        receiver.answers = [(401, {}, b"")]
        paid(pay, simulator, receiver.url)
        probe, real = receiver.wait_for(2)
        notices = Notices(simulator.settings.pay)
        with pytest.raises(ForgedNotice):
            notices.open(probe.body, probe.headers, at=datetime.now(UTC))
        assert notices.open(real.body, real.headers, at=datetime.now(UTC))

    def test_under_an_old_serial(self, pay, simulator, receiver):
        prepay_id = prepaid(pay, simulator, receiver.url)
        simulator.remote.set_faults(serial="7A" * 20)
        simulator.remote.pay(BUYER, pay.client_parameters(prepay_id))
        [sent] = receiver.wait_for(1)
        assert sent.headers["Wechatpay-Serial"] == "7A" * 20


class TestTimeLimits:
    """What runs out, in the simulator's own parts with its clock turned."""

    @pytest.fixture
    def turn(self, monkeypatch):
        def turn(seconds):
            later = time.time() + seconds
            monkeypatch.setattr(time, "time", lambda: later)

        return turn

    def test_a_prepay_id_is_good_for_2_hours(self, turn):
        trade = Trade("T123456", "鱼油", NOWHERE, 9900, "o1", "", None)
        trade.prepaid_at["wx1"] = time.time()
        turn(2 * 3600 - 1)
        assert trade.is_good("wx1")
        assert not trade.is_good("wx2")
        turn(2)
        assert not trade.is_good("wx1")

    def test_a_code_is_good_for_5_minutes(self, turn):
        accounts = Accounts("wx1")
        codes = [accounts.login_code("王芳", 0, "") for _ in range(2)]
        turn(299)
        assert accounts.redeem(codes[0])["openid"] == accounts.openid("王芳")
        turn(2)
        assert accounts.redeem(codes[1])["errcode"] == 40029

    def test_a_token_is_the_same_until_its_last_5_minutes(self, turn):
        accounts = Accounts("wx1")
        first = accounts.stable_token(force_refresh=False)["access_token"]
        turn(7200 - 301)
        assert accounts.stable_token(force_refresh=False)["access_token"] == first
        turn(2)
        assert accounts.stable_token(force_refresh=False)["access_token"] != first

    def test_forcing_kills_the_token_in_use(self):
        accounts = Accounts("wx1")
        first = accounts.stable_token(force_refresh=False)["access_token"]
        assert accounts.is_token(first)
        accounts.stable_token(force_refresh=True)
        assert not accounts.is_token(first)

    def test_an_order_has_a_minute_at_least_and_then_expires(self, turn):
        order = {
            "out_trade_no": "T123456",
            "description": "鱼油",
            "notify_url": NOWHERE,
            "amount": {"total": 9900},
            "payer": {"openid": "o1"},
            "time_expire": "2020-01-01T00:00:00+08:00",
        }
        trade = new_trade(order)
        turn(59)
        assert not trade.is_expired()
        turn(2)
        assert trade.is_expired()


class TestControl:
    def test_faults_are_seen_changed_and_cleared(self, simulator):
        simulator.remote.set_faults(duplicates=3, time_scale=10)
        seen = requests.get(f"{simulator.url}/simulator/faults", timeout=60).json()
        assert (seen["duplicates"], seen["time_scale"], seen["drop_notices"]) == (3, 10, False)
        simulator.remote.clear_faults()
        assert requests.get(f"{simulator.url}/simulator/faults", timeout=60).json() == vars(
            Faults()
        )

    @pytest.mark.parametrize(
        "faults",
        [{"nonsense": 1}, {"duplicates": "3"}, {"duplicates": 0}, {"time_scale": 0}, {"serial": 1}],
    )
    def test_an_impossible_fault_is_refused(self, simulator, faults):
        with pytest.raises(Declined, match="PARAM_ERROR"):
            simulator.remote.set_faults(**faults)

    @pytest.mark.parametrize("content", [b"[]", b"{", b'{"buyer": ""}', b'{"buyer": 7}', b"\xff"])
    def test_nonsense_is_refused(self, simulator, content):
        url = f"{simulator.url}/simulator/login-codes"
        assert requests.post(url, data=content, timeout=60).status_code == 400

    @pytest.mark.parametrize("path", ["/", "/simulator/x", "/cgi-bin/token", "/sns/"])
    def test_other_paths_are_not_there(self, simulator, path):
        assert requests.get(simulator.url + path, timeout=60).status_code == 404

    def test_a_body_over_64_kb_is_not_read(self, simulator):
        answer = requests.post(simulator.url + "/v3/pay/x", data=b"x" * 70_000, timeout=60)
        assert answer.status_code == 413

    def test_the_books_list_every_order(self, pay, simulator):
        number = new_number()
        prepaid(pay, simulator, NOWHERE, number)
        [trade] = [t for t in simulator.remote.transactions() if t["out_trade_no"] == number]
        assert (trade["state"], trade["total"]) == ("NOTPAY", 9900)
        assert trade["openid"] == openid_of(simulator)


class TestProcess:
    def test_it_stays_small(self, keys):
        with running_simulator(keys) as simulator:
            status = Path(f"/proc/{simulator.pid}/status").read_text()
        resident = int(status.split("VmRSS:")[1].split()[0])
        assert resident < 60_000

    def test_it_knows_nothing_of_the_clients_nor_of_django(self):
        code = (
            "import sys\n"
            "from shop.vendors.wechat.simulator import __main__, remote\n"
            "print([m for m in sys.modules if m.split('.')[0] in ('django', 'requests', 'celery')"
            " or m.startswith('shop.') and not m.startswith('shop.vendors.wechat.simulator')])"
        )
        seen = subprocess.run(
            [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True
        )
        assert seen.stdout.strip() == "['shop.vendors', 'shop.vendors.wechat']", seen.stderr

    @pytest.mark.parametrize(
        ("name", "value"),
        [
            ("SIMULATOR_PORT", ""),
            ("SIMULATOR_PORT", "many"),
            ("WECHAT_API_V3_KEY", "short"),
            ("WECHAT_MCHID", ""),
            ("SIMULATOR_PLATFORM_KEY_FILE", "/nowhere"),
            ("SIMULATOR_MERCHANT_PUBLIC_KEY_FILE", __file__),
        ],
    )
    def test_it_names_the_variable_that_is_wrong(self, keys, name, value):
        environment = os.environ | simulator_environment(keys) | {name: value}
        ended = subprocess.run(
            [sys.executable, "-m", "shop.vendors.wechat.simulator"],
            env=environment,
            cwd=ROOT,
            capture_output=True,
            text=True,
            timeout=60,
        )
        assert ended.returncode == 1
        assert ended.stderr.startswith(name)
        assert "Traceback" not in ended.stderr

    def test_a_taken_port_is_said_in_one_line(self, keys, simulator):
        port = simulator.url.rsplit(":", 1)[1]
        environment = os.environ | simulator_environment(keys) | {"SIMULATOR_PORT": port}
        command = [sys.executable, "-m", "shop.vendors.wechat.simulator"]
        ended = subprocess.run(
            command, env=environment, cwd=ROOT, capture_output=True, text=True, timeout=60
        )
        assert ended.stderr == f"port {port}: Address already in use\n"

    def test_restarted_it_remembers_its_books_and_tells_what_was_not_taken(
        self, keys, tmp_path, receiver
    ):
        state, number = tmp_path / "state.jsonl", new_number()
        receiver.answers = [(500, {}, b"")]
        with running_simulator(keys, SIMULATOR_STATE=str(state)) as first:
            pay = Pay(first.settings.pay)
            told = paid(pay, first, receiver.url, number)
            receiver.wait_for(1)
        assert json.loads(state.read_text().splitlines()[-1])["state"] == "SUCCESS"

        with running_simulator(keys, SIMULATOR_STATE=str(state)) as second:
            assert len(receiver.wait_for(2)) == 2
            found = Pay(second.settings.pay).query(number)
            assert found.transaction_id == told["transaction_id"]
        with running_simulator(keys, SIMULATOR_STATE=str(state)):
            assert len(receiver.wait_for(3, seconds=0.3)) == 2
