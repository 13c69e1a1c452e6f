"""PostgreSQL, the cache, the broker and the disk fail: who hears of it, and what is lost (F1)."""

import resource
import threading
from contextlib import contextmanager
from pathlib import Path
from uuid import uuid4

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connections
from django.test import Client

from shop.celery import app
from shop.doors.resilience import Dependency, Fault
from shop.events.crew import Crew
from shop.events.tasks import ring
from shop.identity.actions import sign_in_customer
from shop.records.models import StoredFile
from shop.records.storage import storage
from shop.vendors.wechat.login import get_login
from tests import cast, pictures
from tests.doors.conftest import desk_of
from tests.faults.proxy import Proxy, Toxics
from tests.faults.resilience.redises import ill
from tests.faults.resilience.scripted import Scripted, nobody_listens
from tests.faults.resilience.staging import device, each_cell, heard, work
from tests.make import make_picture, make_product

pytestmark = pytest.mark.fault("F1")


# PostgreSQL


def on_a_thread_of_its_own(path):
    """The page asked for by another thread, with a database connection of its own."""
    answers = []

    def ask():
        try:
            answers.append(Client(raise_request_exception=False).get(path))
        finally:
            connections.close_all()

    asking = threading.Thread(target=ask, daemon=True)
    asking.start()
    asking.join(60)
    return answers[0]


def refusal(code: bytes):
    """PostgreSQL's own ErrorResponse to whoever connects."""
    fields = b"SFATAL\x00VFATAL\x00C" + code + b"\x00Mno\x00\x00"
    message = b"E" + (len(fields) + 4).to_bytes(4, "big") + fields

    def say(line):
        line.recv(4096)
        line.sendall(message)
        line.close()

    return say


def web_page(line):
    line.recv(4096)
    line.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n")


SCRIPTS = {
    Fault.HANGS: lambda line: None,
    Fault.SERVER_ERROR: refusal(b"57P03"),  # the database system is starting up
    Fault.HTML: web_page,
    Fault.KEY: refusal(b"28P01"),
    Fault.LIMITED: refusal(b"53300"),
}
TOXICS = {
    Fault.SLOW: Toxics(latency=0.02, slice_bytes=32),
    Fault.GARBAGE: Toxics(cut_replies=1000, cut_after=3),
}


@contextmanager
def database_ill(fault, port):
    """The port of whoever plays the fault before the real server's."""
    if fault is Fault.REFUSES:
        yield nobody_listens()
    elif fault in TOXICS:
        with Proxy(port) as proxy:
            proxy.toxics = TOXICS[fault]
            yield proxy.port
            assert proxy.made
    else:
        with Scripted(SCRIPTS[fault]) as scripted:
            yield scripted.port
            assert scripted.met


@pytest.mark.django_db(transaction=True)
@each_cell(Dependency.DATABASE)
def test_the_database(fault, outcome, monkeypatch):
    product = make_product()
    page = f"/api/v1/products/{product.pk}/"
    known = connections.settings["default"]
    port = int(known["PORT"])
    with database_ill(fault, port) as other, monkeypatch.context() as patched:
        patched.setitem(known, "PORT", str(other))
        patched.setitem(known, "HOST", "127.0.0.1")
        answer = on_a_thread_of_its_own(page)
        assert heard(answer) == outcome.customer
        ready = on_a_thread_of_its_own("/readyz")
        is_away = outcome.customer.status == 503
        assert ready.status_code == (503 if is_away else 200)
        assert ready.json()["parts"]["database"].startswith("away" if is_away else "ok")
        assert "Retry-After" in answer.headers or not is_away
    assert on_a_thread_of_its_own(page).json()["id"] == product.pk


# the cache


@pytest.mark.django_db
@each_cell(Dependency.CACHE)
def test_the_cache(fault, outcome, settings, wechat):
    """Two products of which the cache could mix up the pages; signing in; WeChat's token."""
    first, second = make_product(), make_product()
    with ill(settings.CACHES["default"]["LOCATION"], fault) as url:
        known = settings.CACHES["default"]
        settings.CACHES = {**settings.CACHES, "default": known | {"LOCATION": url}}
        for product in (first, second, first):
            answer = Client().get(f"/api/v1/products/{product.pk}/")
            assert heard(answer) == outcome.customer
            assert answer.json()["id"] == product.pk
        _customer, token = sign_in_customer("openid-of-ming", by=cast.SYSTEM)
        assert device(token).get("/api/v1/cart/").status_code == 200
        assert get_login().phone_number(wechat.phone_code("13800001234")).number == "13800001234"
        ready = Client().get("/readyz")
        assert ready.status_code == 200
        is_there = fault is Fault.SLOW
        assert ready.json()["parts"]["cache"].startswith("ok" if is_there else "away")
    settings.CACHES = {**settings.CACHES, "default": known}
    assert Client().get("/readyz").json()["parts"]["cache"] == "ok"


# the broker


@contextmanager
def rung_at(url):
    """Celery's own connections lead there within the block."""
    before = app.conf.broker_url
    _forget_connections(url)
    try:
        yield
    finally:
        _forget_connections(before)


def _forget_connections(url):
    app.conf.broker_url = url
    app._pool = app.amqp._producer_pool = None


@each_cell(Dependency.BROKER)
def test_the_doorbell(fault, outcome, settings):
    done = []
    with ill(settings.CELERY_BROKER_URL, fault) as url, rung_at(url):
        crew = Crew(ring, done.append, ["house"])
        crew.pass_on("house", 7, was_left=False)
        crew.close()
    by_ourselves = fault is not Fault.SLOW
    assert done == ([7] if by_ourselves else [])


# the disk


ROOM = 64 * 1024
LARGE = pictures.noisy(size=(300, 300))


def send_picture(token):
    body = {"purpose": "customers_picture", "file": SimpleUploadedFile("a.png", LARGE)}
    key = {"Idempotency-Key": uuid4().hex}
    return device(token).post("/api/v1/uploads/", body, headers=key)


@contextmanager
def no_room():
    """The kernel writes no file beyond its limit, which fails as a full disk does."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (ROOM, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


@contextmanager
def disk_ill(fault, settings, tmp_path):
    if fault is Fault.LIMITED:
        with no_room():
            yield
        return
    place = tmp_path / "not a folder"
    place.write_bytes(b"")
    if fault is Fault.SERVER_ERROR:  # a name longer than any file system takes is its own error
        place = tmp_path / ("x" * 300)
    known = settings.STORAGES
    options = {"OPTIONS": {**known["private"]["OPTIONS"], "location": str(place)}}
    settings.STORAGES = {**known, "private": {**known["private"], **options}}
    try:
        yield
    finally:
        settings.STORAGES = known


@pytest.mark.django_db
@each_cell(Dependency.FILES, "test_keeping_a_picture")
def test_keeping_a_picture(fault, outcome, settings, tmp_path):
    _customer, token = sign_in_customer("openid-of-ming", by=cast.SYSTEM)
    assert send_picture(token).status_code == 201
    with disk_ill(fault, settings, tmp_path):
        assert heard(send_picture(token)) == outcome.customer
    assert StoredFile.objects.count() == 1
    assert work() == outcome.work
    again = send_picture(token)
    assert again.status_code == 201
    assert device(token).get(f"/api/v1/uploads/{again.json()['id']}/").status_code == 200


@pytest.mark.django_db
@each_cell(Dependency.FILES, "test_reading_a_picture")
def test_reading_a_picture(fault, outcome):
    customer, token = sign_in_customer("openid-of-ming", by=cast.SYSTEM)
    stored = make_picture(customer)
    page = f"/api/v1/uploads/{stored.pk}/"
    path = Path(storage().path(stored.key))
    whole = path.read_bytes()
    path.write_bytes(HARMED[fault](whole))
    assert heard(device(token).get(page)) == outcome.customer
    told = desk_of("service_agent").get(f"/admin/desk/files/{stored.pk}/", follow=True)
    assert outcome.customer.sentence in told.content.decode()
    assert work() == outcome.work
    path.write_bytes(whole)
    assert device(token).get(page).status_code == 200


HARMED = {
    Fault.GARBAGE: lambda whole: whole[: len(whole) // 2],
    Fault.FORGED: lambda whole: whole[:-1] + bytes([whole[-1] ^ 1]),
    Fault.KEY: lambda whole: bytes([250]) + whole[1:],  # sealed with a key that nobody has
}
