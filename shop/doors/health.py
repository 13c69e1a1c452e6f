"""Alive, ready, and the few figures that operations watch."""

import ipaddress
from collections.abc import Callable
from datetime import datetime

from django.conf import settings
from django.core.cache import cache
from django.core.exceptions import PermissionDenied
from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor
from django.db.models import Count
from django.http import HttpRequest, HttpResponse, JsonResponse

from shop.clock import now
from shop.doors.cache import count
from shop.doors.middleware import client_address
from shop.events.models import Delivery
from shop.events.selectors import oldest_waiting
from shop.timing.models import ClockJob, Timer
from shop.timing.selectors import oldest_overdue_slot, oldest_overdue_timer

SLOW_SECONDS = 60
"""So long may a delivery, a timer or a slot of the clock wait before it is said."""


def healthz(request: HttpRequest) -> HttpResponse:
    """This process answers."""
    return JsonResponse({"status": "alive"})


def readyz(request: HttpRequest) -> HttpResponse:
    """Each part by name; 503 while one that orders depend on is not ready."""
    parts = {name: probe() for name, probe in PROBES.items()}
    is_ready = all(parts[name] == "ok" for name in NEEDED)
    return JsonResponse(
        {"status": "ready" if is_ready else "not ready", "parts": parts},
        status=200 if is_ready else 503,
    )


def database() -> str:
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except DatabaseError as error:
        return f"away: {type(error).__name__}"
    return "ok"


def migrations() -> str:
    try:
        executor = MigrationExecutor(connection)
        missing = executor.migration_plan(executor.loader.graph.leaf_nodes())
    except DatabaseError as error:
        return f"unknown: {type(error).__name__}"
    return f"{len(missing)} to apply" if missing else "ok"


def cache_server() -> str:
    return "ok" if count("readyz", 60) else "away: pages are slower"


def deliveries() -> str:
    return patience_with(oldest_waiting)


def timers() -> str:
    return patience_with(lambda: oldest_overdue_timer(now()))


def clock_jobs() -> str:
    return patience_with(lambda: oldest_overdue_slot(now()))


def patience_with(oldest: Callable[[], datetime | None]) -> str:
    try:
        since = oldest()
    except DatabaseError as error:
        return f"unknown: {type(error).__name__}"
    if seconds_since(since) < SLOW_SECONDS:
        return "ok"
    return f"oldest waiting since {since:%Y-%m-%d %H:%M:%S}Z"


def seconds_since(at: datetime | None) -> float:
    return (now() - at).total_seconds() if at else 0


PROBES: dict[str, Callable[[], str]] = {
    "database": database,
    "migrations": migrations,
    "cache": cache_server,
    "deliveries": deliveries,
    "timers": timers,
    "clock_jobs": clock_jobs,
}
NEEDED = ("database", "migrations")


def metrics(request: HttpRequest) -> HttpResponse:
    """Prometheus text for the staff network alone."""
    caller = ipaddress.ip_address(client_address(request))
    if not any(caller in ipaddress.ip_network(net) for net in settings.STAFF_NETWORKS):
        raise PermissionDenied
    return HttpResponse("\n".join(lines()) + "\n", content_type="text/plain; version=0.0.4")


def lines() -> list[str]:
    by_state = Delivery.objects.exclude(state=Delivery.State.DONE).values_list("state")
    return [
        *(
            f'shop_deliveries{{state="{state}"}} {count}'
            for state, count in by_state.annotate(Count("pk")).order_by()
        ),
        f"shop_oldest_delivery_seconds {seconds_since(oldest_waiting()):.1f}",
        f"shop_oldest_timer_seconds {seconds_since(oldest_overdue_timer(now())):.1f}",
        f"shop_dead_timers {Timer.objects.filter(state=Timer.State.DEAD).count()}",
        f"shop_oldest_slot_seconds {seconds_since(oldest_overdue_slot(now())):.1f}",
        f"shop_failing_jobs {ClockJob.objects.exclude(failing_since=None).count()}",
        *(f'shop_refused_notices{{reason="{why}"}} {refused(why)}' for why in REFUSALS),
    ]


REFUSALS = ("forged", "bad", "contradicted")


def count_refused(why: str) -> None:
    count(f"refused:{why}", 366 * 86_400)


def refused(why: str) -> int:
    return int(cache.get(f"refused:{why}") or 0)
