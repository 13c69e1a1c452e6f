"""The way out: its limits of time, size and place, and that it gives no secret away."""

import logging
import socket
import ssl
import threading
import time
import traceback
from contextlib import contextmanager, suppress

import pytest

from shop.vendors import deadline, outbound
from shop.vendors.errors import VendorRetryable, VendorUnreachable
from shop.vendors.outbound import Outbound
from tests.wechat import make_certificate

SECRET = "app-secret-7f3a"
LONG_BEFORE_THE_END = 30  # seconds: what drips would take 60


@contextmanager
def answering(*chunks, pause=0.0, tls=None):
    """A vendor that reads one request a connection and answers these bytes, with pauses between."""
    with socket.create_server(("127.0.0.1", 0)) as listening:

        def serve():
            while True:
                try:
                    connection, _ = listening.accept()
                except OSError:
                    return
                with suppress(OSError), connection:
                    if tls:
                        connection = tls.wrap_socket(connection, server_side=True)
                    connection.recv(65536)
                    for chunk in chunks:
                        connection.sendall(chunk)
                        time.sleep(pause)

        threading.Thread(target=serve, daemon=True).start()
        scheme = "https" if tls else "http"
        yield f"{scheme}://127.0.0.1:{listening.getsockname()[1]}"
        listening.shutdown(socket.SHUT_RDWR)


def get(url):
    return Outbound("Vendor", [url]).send("GET", f"{url}/path?secret={SECRET}")


def whole(body, status="200 OK", *headers):
    lines = [f"HTTP/1.1 {status}", f"Content-Length: {len(body)}", *headers, "", ""]
    return "\r\n".join(lines).encode() + body


def test_an_answer_comes_as_it_was_sent():
    with answering(whole(b"\x1f\x8bnot unpacked", "200 OK", "Content-Encoding: gzip")) as url:
        answer = get(url)
    assert (answer.status, answer.body) == (200, b"\x1f\x8bnot unpacked")
    assert answer.headers["content-encoding"] == "gzip"


def test_a_chunked_answer_is_put_together():
    start = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
    with answering(start, b"3\r\nabc\r\n", b"2\r\nde\r\n0\r\n\r\n", pause=0.01) as url:
        assert get(url).body == b"abcde"


@pytest.mark.parametrize("status", ["400 Bad Request", "404 Not Found", "429 Too Many Requests"])
def test_a_refusal_is_an_answer(status):
    with answering(whole(b"{}", status)) as url:
        assert get(url).status == int(status[:3])


@pytest.mark.parametrize("status", ["500 Oops", "502 Bad Gateway", "503 Busy", "599 ?"])
def test_a_5xx_may_be_asked_again(status):
    with (
        answering(whole(b"secret stack trace", status)) as url,
        pytest.raises(VendorUnreachable, match=f"HTTP {status[:3]}$"),
    ):
        get(url)


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_is_not_followed(status):
    with answering(whole(b"elsewhere")) as elsewhere:
        moved = whole(b"", f"{status} Moved", f"Location: {elsewhere}/")
        with answering(moved) as url, pytest.raises(VendorUnreachable, match=str(status)):
            get(url)


@pytest.mark.parametrize(
    "answer",
    [
        b"",
        b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nshort",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nff\r\nshort",
        b"SSH-2.0-OpenSSH_9.2\r\n",
    ],
)
def test_half_an_answer_is_none(answer):
    with answering(answer) as url, pytest.raises(VendorUnreachable):
        get(url)


def test_nobody_listening():
    with socket.create_server(("127.0.0.1", 0)) as taken:
        url = f"http://127.0.0.1:{taken.getsockname()[1]}"
    with pytest.raises(VendorUnreachable) as unreachable:
        get(url)
    assert isinstance(unreachable.value, VendorRetryable)


@pytest.mark.fault("F7")
class TestLimits:
    def test_1_mb_is_read_and_no_byte_more(self):
        limit = outbound.MOST_BYTES
        with answering(whole(b"x" * limit)) as url:
            assert len(get(url).body) == limit
        with (
            answering(whole(b"x" * (limit + 1))) as url,
            pytest.raises(VendorUnreachable, match="1 MB"),
        ):
            get(url)

    def test_an_endless_answer_is_cut(self):
        start = b"HTTP/1.1 200 OK\r\n\r\n"
        with (
            answering(start, *[b"x" * 65536] * 100) as url,
            pytest.raises(VendorUnreachable, match="1 MB"),
        ):
            get(url)

    def test_a_slow_drip_is_cut(self, monkeypatch):
        monkeypatch.setattr(outbound, "TOTAL_SECONDS", 0.3)
        start = b"HTTP/1.1 200 OK\r\nContent-Length: 1200\r\n\r\n"
        started = time.monotonic()
        with (
            answering(start, *[b"x"] * 1200, pause=0.05) as url,
            pytest.raises(VendorUnreachable, match="in time"),
        ):
            get(url)
        assert time.monotonic() - started < LONG_BEFORE_THE_END

    def test_a_dripping_head_is_cut(self, monkeypatch):
        monkeypatch.setattr(deadline, "HEAD_SECONDS", 0.3)
        started = time.monotonic()
        drip = [b"HTTP/1.1 200 OK\r\n", *[b"X-Drip: 1\r\n"] * 1200]
        with answering(*drip, pause=0.05) as url, pytest.raises(VendorUnreachable):
            get(url)
        assert time.monotonic() - started < LONG_BEFORE_THE_END

    def test_the_alarm_for_the_head_does_not_ring_during_the_body(self, monkeypatch):
        monkeypatch.setattr(deadline, "HEAD_SECONDS", 1)
        start = b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n"
        with answering(start, *[b"x"] * 10, pause=0.15) as url:
            assert get(url).body == b"x" * 10

    def test_silence_is_cut(self, monkeypatch):
        monkeypatch.setattr(outbound, "READ_SECONDS", 0.2)
        started = time.monotonic()
        with answering(b"HTTP/1.1 200 OK\r\n", pause=60) as url, pytest.raises(VendorUnreachable):
            get(url)
        assert time.monotonic() - started < LONG_BEFORE_THE_END


class TestTls:
    @pytest.fixture
    def certificate(self, keys):
        """A certificate of 127.0.0.1 that nobody vouches for."""
        path = keys.file("tls.pem")
        make_certificate(keys.platform, path, address="127.0.0.1")
        return path

    @pytest.fixture
    def tls(self, keys, certificate):
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate, keys.file("platform.pem"))
        return context

    def trusting(self, url, certificate):
        client = Outbound("Vendor", [url])
        client._session.verify = str(certificate)
        return client

    def test_only_to_whom_the_certificate_says(self, tls, certificate):
        with answering(whole(b"{}"), tls=tls) as url:
            with pytest.raises(VendorUnreachable, match="SSLError"):
                get(url)
            assert self.trusting(url, certificate).send("GET", f"{url}/").body == b"{}"

    def test_a_dripping_head_is_cut_here_too(self, tls, certificate, monkeypatch):
        monkeypatch.setattr(deadline, "HEAD_SECONDS", 0.3)
        drip = [b"HTTP/1.1 200 OK\r\n", *[b"X-Drip: 1\r\n"] * 1200]
        started = time.monotonic()
        with answering(*drip, pause=0.05, tls=tls) as url, pytest.raises(VendorUnreachable):
            self.trusting(url, certificate).send("GET", f"{url}/")
        assert time.monotonic() - started < LONG_BEFORE_THE_END


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1:2/",
        "https://127.0.0.1:1/",
        "http://localhost:1/",
        "http://127.0.0.1:1@evil.example/",
        "http://user@127.0.0.1:1/",
        "file:///etc/passwd",
        "//127.0.0.1:1/",
        "",
    ],
)
def test_nowhere_but_where_we_were_told(url):
    with pytest.raises(ValueError, match="URL"):
        Outbound("Vendor", ["http://127.0.0.1:1"]).send("GET", url)


def test_no_secret_in_messages_tracebacks_or_logs(caplog):
    caplog.set_level(logging.DEBUG)
    seen = []
    for answer in (b"", whole(b"{}", "500 Oops"), whole(b"{}")):
        with answering(answer) as url:
            try:
                get(url)
            except VendorUnreachable as error:
                assert error.__context__ is None
                seen.append("".join(traceback.format_exception(error)) + repr(error))
    assert len(seen) == 2
    assert SECRET not in "".join(seen) + caplog.text


def test_cookies_and_the_environments_proxy_are_ignored(monkeypatch):
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:1")
    with answering(whole(b"{}", "200 OK", "Set-Cookie: who=you; Path=/")) as url:
        client = Outbound("Vendor", [url])
        assert client.send("GET", f"{url}/").status == 200
        assert not client._session.cookies
