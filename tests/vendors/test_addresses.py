"""Where a vendor's name may not lead: into our own network, to this machine, to metadata (SSRF)."""

import socket
import threading
from contextlib import contextmanager

import pytest

from shop.vendors.addresses import ForbiddenAddress, vendor_addresses
from shop.vendors.errors import VendorUnreachable
from shop.vendors.outbound import Outbound

INSIDE = [
    "127.0.0.1", "127.8.8.8", "0.0.0.0", "10.0.0.5", "10.255.255.255", "172.16.0.1",
    "172.31.255.1", "192.168.1.1", "192.0.0.8", "198.18.0.1", "198.51.100.7", "203.0.113.9",
    "100.64.0.1", "100.100.100.200", "169.254.169.254", "169.254.0.1", "224.0.0.1", "240.0.0.1",
    "255.255.255.255", "::1", "::", "fe80::1", "fc00::1", "fd00:ec2::254", "ff02::1",
    "::ffff:127.0.0.1", "::ffff:10.0.0.1", "::ffff:169.254.169.254", "64:ff9b::7f00:1",
    "64:ff9b::a9fe:a9fe", "2002:7f00:1::", "2002:a00:1::", "2001:db8::1",
]  # fmt: skip
OUTSIDE = ["1.1.1.1", "8.8.8.8", "101.91.63.13", "2606:4700:4700::1111", "::ffff:8.8.8.8"]
WRITTEN_ODDLY = ["2130706433", "0x7f000001", "0x7f.1", "017700000001", "127.1", "127.0.1"]


@pytest.fixture
def name_server(monkeypatch):
    """What names lead to; several answers for one name are given one after the other."""
    known = {}
    real = socket.getaddrinfo

    def look_up(host, port, *args, **kwargs):
        if host not in known:
            return real(host, port, *args, **kwargs)
        answers = known[host]
        found = answers.pop(0) if len(answers) > 1 else answers[0]
        return [entry for text in found for entry in real(text, port, type=socket.SOCK_STREAM)]

    monkeypatch.setattr(socket, "getaddrinfo", look_up)
    return known


@contextmanager
def listening(answer=b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}"):
    """A machine inside; `.connections` were made to it."""
    with socket.create_server(("127.0.0.1", 0)) as inside:

        def serve():
            while True:
                try:
                    connection, _ = inside.accept()
                except OSError:
                    return
                with connection:
                    serve.connections += 1
                    connection.recv(65536)
                    connection.sendall(answer)

        serve.connections = 0
        serve.port = inside.getsockname()[1]
        threading.Thread(target=serve, daemon=True).start()
        yield serve
        inside.shutdown(socket.SHUT_RDWR)


@pytest.mark.fault("F6")
@pytest.mark.parametrize("address", INSIDE)
def test_a_name_that_leads_inside_is_refused(address, name_server):
    name_server["carrier.example"] = [[address]]
    with pytest.raises(ForbiddenAddress):
        vendor_addresses("carrier.example", 443)


@pytest.mark.fault("F6")
@pytest.mark.parametrize("address", INSIDE)
def test_one_bad_address_among_good_ones_is_enough(address, name_server):
    name_server["carrier.example"] = [["8.8.8.8", address]]
    with pytest.raises(ForbiddenAddress):
        vendor_addresses("carrier.example", 443)


@pytest.mark.parametrize("address", OUTSIDE)
def test_a_name_of_the_world_is_taken(address, name_server):
    name_server["carrier.example"] = [[address]]
    assert vendor_addresses("carrier.example", 443) == [address]


@pytest.mark.fault("F6")
@pytest.mark.parametrize("host", WRITTEN_ODDLY)
def test_an_address_in_disguise_is_a_name(host):
    with listening() as inside:
        url = f"http://{host}:{inside.port}"
        with pytest.raises(VendorUnreachable, match="no vendor"):
            Outbound("Vendor", [url]).send("GET", url)
    assert inside.connections == 0


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "10.1.2.3", "192.168.0.9"])
def test_what_the_operator_wrote_out_is_taken(host):
    assert vendor_addresses(host, 80)


@pytest.mark.fault("F6")
@pytest.mark.parametrize(
    "host", ["169.254.169.254", "100.100.100.200", "fd00:ec2::254", "fe80::1", "0.0.0.0", "::"]
)
def test_no_vendor_is_ever_there(host):
    with pytest.raises(ForbiddenAddress):
        vendor_addresses(host, 80)


@pytest.mark.fault("F6")
def test_localhost_is_this_machine_and_nothing_else(name_server):
    name_server["localhost"] = [["10.0.0.1"]]
    with pytest.raises(ForbiddenAddress):
        vendor_addresses("localhost", 80)


@pytest.mark.fault("F6")
def test_a_name_that_changes_between_check_and_connect(name_server):
    """DNS rebinding: the second look-up would lead inside, and is never made."""
    with listening() as inside:
        name_server["carrier.example"] = [["127.0.0.1"], ["8.8.8.8"]]
        url = f"http://carrier.example:{inside.port}"
        with pytest.raises(VendorUnreachable, match="no vendor"):
            Outbound("Vendor", [url]).send("GET", url)
        assert len(name_server["carrier.example"]) == 1  # looked up once
    assert inside.connections == 0


def test_the_checked_address_is_the_one_connected_to(name_server, monkeypatch):
    """Were the name looked up again, the second answer would lead astray."""
    monkeypatch.setattr("shop.vendors.addresses._is_allowed", lambda host, found: True)
    with listening() as inside:
        name_server["carrier.example"] = [["127.0.0.1"], ["127.0.0.9"]]
        url = f"http://carrier.example:{inside.port}"
        assert Outbound("Vendor", [url]).send("GET", url).body == b"{}"
    assert inside.connections == 1


@pytest.mark.fault("F6")
def test_a_redirect_inside_is_not_followed():
    with listening() as inside:
        moved = f"HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:{inside.port}/\r\n"
        with listening(f"{moved}Content-Length: 0\r\n\r\n".encode()) as vendor:
            url = f"http://127.0.0.1:{vendor.port}"
            with pytest.raises(VendorUnreachable, match="302"):
                Outbound("Vendor", [url]).send("GET", url)
        assert inside.connections == 0
    assert vendor.connections == 1


@pytest.mark.fault("F6")
@pytest.mark.parametrize(
    "url", ["file:///etc/passwd", "gopher://127.0.0.1:6379/_INFO", "ftp://127.0.0.1/", "unix:/run"]
)
def test_other_protocols_are_no_base_url(url):
    with pytest.raises(ValueError, match="URL"):
        Outbound("Vendor", ["http://127.0.0.1:1"]).send("GET", url)


def test_no_address_in_the_message(name_server):
    name_server["carrier.example"] = [["10.11.12.13"]]
    url = "http://carrier.example:80"
    with pytest.raises(VendorUnreachable) as refused:
        Outbound("Vendor", [url]).send("GET", url)
    assert "10.11" not in str(refused.value)
    assert refused.value.__context__ is None
