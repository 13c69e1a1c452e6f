"""`python -m bench.reports [days] [readers]`: what measuring 400 days costs, and 200 mails.

The demo's fortnight is copied back in time, row by row, until 400 days lie behind the shop: the
same orders, clocks, work and visits as its actions made. Then every indicator is measured, twice:
once to write all values, once to find that none has changed. Then 200 readers, each with a late
work item of their own, so that no two mails are alike, get theirs at a mail server on this machine.
"""

import os
import secrets
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import timedelta
from typing import Any

import django

from bench.stage import ROOT
from start.demo import manage
from start.environment import Surroundings
from start.ports import next_free

DAYS, READERS, FORTNIGHT = 400, 200, 14
FAR = 10_000_000  # between the numbers of one copy and the next


def main(days: int = DAYS, readers: int = READERS) -> None:
    os.environ["DJANGO_SETTINGS_MODULE"] = "shop.settings"
    with servers():
        django.setup()
        from django.db import connection

        with connection.cursor() as cursor:
            cursor.execute("SET statement_timeout = 0")
            for copy in range(1, days // FORTNIGHT + 1):
                copy_back(cursor, copy)
            cursor.execute("ANALYZE")
        measure(days, "measured for the first time")
        measure(days, "measured again, nothing new")
        send_all(readers)


@contextmanager
def servers() -> Iterator[None]:
    """Durable servers of its own with the demo in them; no web, no relay."""
    folder = ROOT / "var" / "bench-reports"
    folder.mkdir(parents=True, exist_ok=True)
    here = Surroundings({**os.environ, "PORT": "18799", "DEMO": "1"}, folder)
    with ExitStack() as running:
        for server in here.servers.values():
            running.enter_context(server)
        os.environ |= here.environment()
        subprocess.run(manage("prepare"), cwd=ROOT, check=True)
        yield


ORDER = {"order_id": "order_id + {far}"}
COPIED: dict[str, dict[str, str]] = {
    "orders_order": {"number": "left(number || '{copy}', 20)"},
    "orders_orderline": ORDER,
    "orders_payment": {
        **ORDER,
        "out_trade_no": "out_trade_no || '-{copy}'",
        "transaction_id": "transaction_id || '-{copy}'",
    },
    "orders_deskpush": ORDER,
    "orders_parcel": {**ORDER, "waybill": "waybill || '-{copy}'"},
    "timing_clock": {
        "subject": "split_part(subject, ':', 1) || ':'"
        " || (split_part(subject, ':', 2)::bigint + {far})"
    },
    "work_workitem": {"clock_id": "clock_id + {far}", "key": "left(key, 60) || '-{copy}'"},
    "analytics_visit": {},
    "analytics_pageevent": {"id": "gen_random_uuid()", "visit_id": "visit_id + {far}"},
}
"""Table → columns that a copy has otherwise; numbers and instants move by themselves."""
LATELY = f"at > now() - interval '{FORTNIGHT + 1} days'"


def copy_back(cursor: Any, copy: int) -> None:
    for table, other in COPIED.items():
        cursor.execute(
            "SELECT column_name, data_type FROM information_schema.columns"
            " WHERE table_name = %s AND is_generated = 'NEVER'",
            [table],
        )
        columns = dict(cursor.fetchall())
        places = {"far": copy * FAR, "copy": copy}
        values = [
            other[name].format(**places) if name in other else moved(name, kind, copy)
            for name, kind in columns.items()
        ]
        original = f"id < {FAR}" if columns["id"] == "bigint" else LATELY
        names = ", ".join(f'"{name}"' for name in columns)
        cursor.execute(
            f"INSERT INTO {table} ({names}) OVERRIDING SYSTEM VALUE"  # noqa: S608 - our own words
            f" SELECT {', '.join(values)} FROM {table} WHERE {original}"
        )


def moved(name: str, kind: str, copy: int) -> str:
    if kind == "timestamp with time zone":
        return f"\"{name}\" - interval '{copy * FORTNIGHT} days'"
    return f"id + {copy * FAR}" if name == "id" else f'"{name}"'


def measure(days: int, what: str) -> None:
    from shop.clock import today
    from shop.figures.actions import measure_days
    from shop.figures.registry import FACTS, INDICATORS
    from shop.identity.actors import Actor

    yesterday = today() - timedelta(days=1)
    began = time.monotonic()
    first = yesterday - timedelta(days=days - 1)
    written = measure_days(first, yesterday, by=Actor.system("bench"))
    seconds = time.monotonic() - began
    print(f"{days} days, {len(INDICATORS)} indicators of {len(FACTS)} facts, {what}: "
          f"{seconds:.1f} s, {written} values written", flush=True)  # fmt: skip


def send_all(readers: int) -> None:
    """From the slot to the last mail's 250, one after the other; the lane has two at a time."""
    from aiosmtpd.controller import Controller
    from aiosmtpd.handlers import Sink
    from django.conf import settings

    from analytics.flows import compose, hand_over
    from shop.identity.actors import Actor

    by = Actor.system("bench")
    run = run_for([a_reader(number) for number in range(readers)])
    sink = Controller(Sink(), hostname="127.0.0.1", port=next_free(after=18_725))
    sink.start()
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", sink.port
    began = time.monotonic()
    compose(run.pk, by=by)
    composed = time.monotonic()
    for mail_id in run.mails.filter(status="queued").values_list("pk", flat=True):
        hand_over(mail_id, by=by)
    ended = time.monotonic()
    sink.stop()
    taken, different = run.mails.filter(status="accepted").count(), run.contents.count()
    print(f"{taken} mails, {different} of them different: composed in {composed - began:.1f} s,"
          f" handed over in {ended - composed:.1f} s, together {ended - began:.1f} s")  # fmt: skip


def a_reader(number: int) -> Any:
    """A head of department with a work item of their own that is late."""
    from orders.kinds import ORDER_EXCEPTION
    from shop.clock import now, turned_to
    from shop.identity.actions import appoint_staff_user
    from shop.identity.actors import Actor
    from shop.work.actions.items import Matter, open_item

    by = Actor.system("bench")
    name, fresh = f"bench{number}", secrets.token_urlsafe(20)
    mail = f"{name}@shop.example"
    user = appoint_staff_user(name, name, "department_head", fresh, email=mail, by=by)
    with turned_to(now() - timedelta(days=10)):
        matter = Matter("order:1", "other", {"number": name, "reason": "other"}, key=name)
        open_item(ORDER_EXCEPTION, matter, by=Actor.staff(user))
    return user


def run_for(users: list[Any]) -> Any:
    from analytics.actions import add_recipient, establish_report, open_run
    from shop.clock import now
    from shop.identity.actors import Actor
    from shop.timing.models import ClockJob

    by = Actor.system("bench")
    report = establish_report(by=by)
    for user in users:
        add_recipient(report, user, by=by)
    timetable = ClockJob.objects.get(code=report.job_code).timetable()
    return open_run(report, timetable.next(now(), 1)[0], by=by)


if __name__ == "__main__":
    main(*map(int, sys.argv[1:3]))
