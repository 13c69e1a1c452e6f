"""A sick vendor: after five failures it is left alone, then asked by one; never by many at once."""

import socket
import threading
import time
from contextlib import contextmanager, suppress

import pytest

from shop.vendors import circuits
from shop.vendors.circuits import FAILURES, MOST_AT_ONCE, REST_SECONDS, WITHIN_SECONDS, Circuit
from shop.vendors.errors import NotAsked, VendorBusy, VendorUnreachable
from shop.vendors.outbound import Outbound

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}"
BROKEN = b"HTTP/1.1 503 Busy\r\nContent-Length: 0\r\n\r\n"
GIVE_UP = 60  # seconds


class Clock:
    def __init__(self):
        self.at = 1000.0

    def __call__(self):
        return self.at


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def circuit(clock):
    return Circuit("Vendor", clock)


def fail(circuit, times=1):
    for _ in range(times):
        with suppress(VendorUnreachable), circuit.request():
            raise VendorUnreachable("Vendor", "HTTP 503")


def succeed(circuit):
    with circuit.request():
        pass


class Vendor:
    """A real socket: answers `answer`, and holds each connection while `gate` is shut."""

    def __init__(self):
        self.answer, self.asked, self.at_once, self.most_at_once = OK, 0, 0, 0
        self.gate = threading.Event()
        self.gate.set()
        self._lock = threading.Lock()

    def serve(self, listening):
        while True:
            try:
                connection, _ = listening.accept()
            except OSError:
                return
            threading.Thread(target=self._answer, args=(connection,), daemon=True).start()

    def _answer(self, connection):
        with suppress(OSError), connection:
            connection.recv(65536)
            with self._lock:
                self.asked += 1
                self.at_once += 1
                self.most_at_once = max(self.most_at_once, self.at_once)
            self.gate.wait(GIVE_UP)
            with self._lock:
                self.at_once -= 1
            connection.sendall(self.answer)


@contextmanager
def listening_vendor():
    vendor = Vendor()
    with socket.create_server(("127.0.0.1", 0)) as listening:
        threading.Thread(target=vendor.serve, args=(listening,), daemon=True).start()
        vendor.url = f"http://127.0.0.1:{listening.getsockname()[1]}"
        yield vendor
        listening.shutdown(socket.SHUT_RDWR)


@pytest.mark.fault("F2")
class TestRest:
    def test_five_failures_in_a_row_and_nobody_asks(self, circuit):
        fail(circuit, FAILURES)
        with pytest.raises(NotAsked, match="rest"):
            succeed(circuit)

    def test_four_are_not_enough(self, circuit):
        fail(circuit, FAILURES - 1)
        succeed(circuit)
        fail(circuit, FAILURES - 1)
        succeed(circuit)

    def test_what_failed_long_ago_does_not_count(self, circuit, clock):
        fail(circuit, FAILURES - 1)
        clock.at += WITHIN_SECONDS + 1
        fail(circuit)
        succeed(circuit)

    def test_a_refusal_is_an_answer(self, circuit):
        for _ in range(FAILURES + 1):
            with pytest.raises(VendorBusy), circuit.request():
                raise VendorBusy("Vendor", "come back later")

    def test_one_probe_and_it_is_well_again(self, circuit, clock):
        fail(circuit, FAILURES)
        clock.at += REST_SECONDS
        with circuit.request(), pytest.raises(NotAsked):
            succeed(circuit)
        succeed(circuit)
        fail(circuit, FAILURES - 1)  # counted anew
        succeed(circuit)

    def test_one_probe_and_it_rests_again(self, circuit, clock):
        fail(circuit, FAILURES)
        clock.at += REST_SECONDS
        fail(circuit)
        with pytest.raises(NotAsked):
            succeed(circuit)
        clock.at += REST_SECONDS
        succeed(circuit)

    def test_a_probe_that_breaks_off_leaves_room_for_the_next(self, circuit, clock):
        fail(circuit, FAILURES)
        clock.at += REST_SECONDS
        with pytest.raises(ZeroDivisionError), circuit.request():
            raise ZeroDivisionError
        succeed(circuit)


@pytest.mark.fault("F2")
class TestOverSockets:
    def test_a_vendor_that_rests_is_not_connected_to(self):
        with listening_vendor() as vendor:
            vendor.answer = BROKEN
            for _ in range(FAILURES):
                with pytest.raises(VendorUnreachable):
                    Outbound("Vendor", [vendor.url]).send("GET", vendor.url)
            with pytest.raises(NotAsked):  # another client of the same vendor
                Outbound("Vendor", [vendor.url]).send("GET", vendor.url)
            assert vendor.asked == FAILURES

    def test_of_many_waiting_one_probes(self):
        clock = Clock()
        with listening_vendor() as vendor:
            origin = ("http", "127.0.0.1", int(vendor.url.rpartition(":")[2]))
            circuit = circuits._circuits.setdefault(("Vendor", origin), Circuit("Vendor", clock))
            fail(circuit, FAILURES)
            clock.at += REST_SECONDS
            vendor.gate.clear()
            outcomes = in_parallel(8, vendor, until=lambda told: len(told) == 7)
        assert vendor.asked == 1
        assert sorted(outcomes) == ["NotAsked"] * 7 + ["ok"]

    def test_never_more_than_four_at_once(self):
        with listening_vendor() as vendor:
            vendor.gate.clear()
            outcomes = in_parallel(MOST_AT_ONCE * 2, vendor, open_after=MOST_AT_ONCE)
        assert set(outcomes) == {"ok"}
        assert vendor.most_at_once == MOST_AT_ONCE

    def test_without_the_limit_all_are_there_at_once(self, monkeypatch):
        monkeypatch.setattr(circuits, "MOST_AT_ONCE", 100)
        with listening_vendor() as vendor:
            vendor.gate.clear()
            in_parallel(8, vendor, open_after=8)
        assert vendor.most_at_once == 8

    def test_who_finds_no_place_in_time_does_not_wait_for_ever(self, monkeypatch):
        monkeypatch.setattr(circuits, "WAIT_SECONDS", 0.05)
        with listening_vendor() as vendor:
            vendor.gate.clear()
            outcomes = in_parallel(MOST_AT_ONCE + 1, vendor, until=lambda told: "NotAsked" in told)
        assert sorted(outcomes) == ["NotAsked"] + ["ok"] * MOST_AT_ONCE


def in_parallel(count, vendor, *, open_after=0, until=lambda told: False):
    """Each one's outcome. The vendor answers once so many asked, or once `until` what was told."""
    told = []

    def ask():
        try:
            Outbound("Vendor", [vendor.url]).send("GET", vendor.url)
            told.append("ok")
        except NotAsked:
            told.append("NotAsked")

    threads = [threading.Thread(target=ask, daemon=True) for _ in range(count)]
    for thread in threads:
        thread.start()
    give_up = time.monotonic() + GIVE_UP
    while not until(told) and not 0 < open_after <= vendor.asked and time.monotonic() < give_up:
        time.sleep(0.01)
    vendor.gate.set()
    for thread in threads:
        thread.join(GIVE_UP)
    return told
