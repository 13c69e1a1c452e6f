"""PostgreSQL or the cache away: a clear 503, or nothing noticed; recovery by itself."""

import pytest
from django.core.cache import cache
from django.db import OperationalError
from django.test import Client

from shop.doors import health
from shop.events.models import Delivery
from tests.make import make_product


@pytest.fixture
def no_database(monkeypatch):
    def refuse(*args, **kwargs):
        raise OperationalError("connection refused at 10.0.0.7 with password hunter2")

    monkeypatch.setattr(
        "django.db.backends.base.base.BaseDatabaseWrapper.ensure_connection", refuse
    )
    monkeypatch.setattr("django.db.backends.base.base.BaseDatabaseWrapper.cursor", refuse)


PATHS = ["/api/v1/products/", "/api/v1/products/1/", "/admin/", "/api/v1/me/", "/metrics"]


@pytest.mark.django_db
@pytest.mark.parametrize("path", PATHS)
def test_away_is_503_with_a_time_to_come_back(no_database, path):
    client = Client(raise_request_exception=False, headers={"Authorization": "Bearer x"})
    client.cookies["sessionid"] = "x" * 32
    answer = client.get(path)
    assert answer.status_code == 503
    assert int(answer.headers["Retry-After"]) > 0
    assert "hunter2" not in answer.content.decode()


@pytest.mark.django_db
def test_alive_and_ready_are_two_things(no_database):
    assert Client().get("/healthz").status_code == 200
    answer = Client().get("/readyz")
    assert answer.status_code == 503
    assert answer.json()["parts"]["database"].startswith("away")


@pytest.mark.django_db
def test_ready_names_each_part():
    answer = Client().get("/readyz")
    assert answer.status_code == 200
    assert answer.json()["parts"] == dict.fromkeys(health.PROBES, "ok")


@pytest.mark.django_db
def test_without_a_cache_pages_are_slower_and_right(settings):
    settings.CACHES = settings.CACHES | {
        "default": settings.CACHES["default"] | {"LOCATION": "redis://127.0.0.1:9/0"}
    }
    product = make_product()
    assert cache.get("anything") is None
    answer = Client().get(f"/api/v1/products/{product.pk}/")
    assert answer.status_code == 200
    ready = Client().get("/readyz")
    assert ready.status_code == 200
    assert ready.json()["parts"]["cache"].startswith("away")


@pytest.mark.django_db
def test_metrics_are_for_the_staff_network_alone():
    make_product()
    told = Client().get("/metrics").content.decode()
    waiting = Delivery.objects.filter(state="pending").count()
    assert f'shop_deliveries{{state="pending"}} {waiting}' in told
    assert Client().get("/metrics", REMOTE_ADDR="203.0.113.9").status_code == 403
    spoofed = Client().get("/metrics", REMOTE_ADDR="203.0.113.9", HTTP_X_FORWARDED_FOR="127.0.0.1")
    assert spoofed.status_code == 403
