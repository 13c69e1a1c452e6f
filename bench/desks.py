"""The desks on a large shop: how long each page takes the server, and how many statements it costs.

    desks(url, signed_in(url, "kefu", password, code)) → one Looked per page

A page is asked for three times, and the slowest counts but for the first, which warms up. By
itself, `python -m bench.desks DATABASE_URL`, it starts the web server on a shop that was seeded and
prints the table; it exits with 1 when a page takes longer than it may.
"""

import os
import re
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Protocol

import django
import requests

from start.demo import web
from start.ports import LOOPBACK, next_free

LIMIT_MS = 500
ROUNDS = 3
TIMEOUT = 120  # seconds: a page that takes so long has lost anyway
READY_SECONDS = 60
PAGES: dict[str, tuple[str, str]] = {
    "my work": ("kefu1", "/admin/work/workitem/"),
    "director's overview": ("zongjian", "/admin/"),
    "cards": ("zongjian", "/admin/desk/cards/"),
    "KPI dictionary": ("zongjian", "/admin/desk/figures/"),
    "one KPI": ("zongjian", "/admin/desk/figures/orders.orders/"),
    "daily report": ("zongjian", "/admin/reports/preview/"),
    "service desk": ("kefu1", "/admin/desk/service/"),
    "service desk, rows": ("kefu1", "/admin/desk/service/rows/"),
    "service desk, search": ("kefu1", "/admin/desk/service/?q=13800000001"),
    "after-sales": ("kefu1", "/admin/desk/after-sales/"),
    "orders": ("kefu1", "/admin/orders/order/"),
    "orders, a page further": ("kefu1", "/admin/orders/order/?p=3"),
    "orders, by number": ("kefu1", "/admin/orders/order/?q=26112000"),
    "orders, by phone": ("kefu1", "/admin/orders/order/?q=13800000001"),
    "customers": ("kefu", "/admin/identity/customer/"),
    "warehouse desk": ("cangku1", "/admin/desk/warehouse/"),
    "waves": ("cangku1", "/admin/warehouse/waves/"),
    "packing": ("cangku1", "/admin/warehouse/packing/"),
    "leaving": ("cangku1", "/admin/warehouse/leaving/"),
    "stock": ("cangku1", "/admin/catalog/sku/"),
    "stock, search": ("cangku1", "/admin/catalog/sku/?q=LY3004"),
    "lots": ("cangku1", "/admin/catalog/lot/"),
    "goods moves": ("cangku1", "/admin/catalog/lotmove/"),
    "products": ("yunying1", "/admin/catalog/product/"),
    "products, search": ("yunying1", "/admin/catalog/product/?q=鱼油"),
    "payments": ("caiwu1", "/admin/orders/payment/"),
    "refunds": ("caiwu1", "/admin/orders/refund/"),
    "journals": ("caiwu1", "/admin/books/journal/"),
    "event log": ("jishu", "/admin/events/eventlog/"),
    "deliveries": ("jishu", "/admin/events/delivery/"),
}
"""Page → whose it is, and where."""


class Meter(Protocol):
    """Counts SQL statements, as `bench.meters.Statements` does."""

    def begin(self) -> None: ...
    def counted(self) -> int: ...


@dataclass(frozen=True)
class Looked:
    """What a page answered. `milliseconds`: the slowest of the warm rounds."""

    page: str
    status: int
    milliseconds: float
    statements: int | None
    size: int

    @property
    def is_quick(self) -> bool:
        return self.status == requests.codes.ok and self.milliseconds <= LIMIT_MS


def desks(
    url: str,
    session_of: Callable[[str], requests.Session],
    meter: Meter | None = None,
    pages: Sequence[str] = tuple(PAGES),
) -> list[Looked]:
    """Look at every page as the one whose it is; `session_of` gives a signed-in session."""
    return [look(url, page, session_of(PAGES[page][0]), meter) for page in pages]


def look(url: str, page: str, session: requests.Session, meter: Meter | None) -> Looked:
    slowest, statements = 0.0, None
    for number in range(ROUNDS):
        if meter is not None:
            meter.begin()
        began = time.monotonic()
        answer = session.get(url + PAGES[page][1], timeout=TIMEOUT, allow_redirects=False)
        if number:
            slowest = max(slowest, (time.monotonic() - began) * 1000)
        statements = meter.counted() if meter is not None else None
    return Looked(page, answer.status_code, slowest, statements, len(answer.content))


def signed_in(url: str, username: str, password: str, code: str) -> requests.Session:
    """A session of this member of staff. Raises PermissionError when the door stays closed."""
    session = requests.Session()
    session.trust_env = False
    address = f"{url}/admin/login/"
    page = session.get(address, timeout=TIMEOUT).text
    found = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', page)
    form = {
        "csrfmiddlewaretoken": found[1] if found else "",
        "username": username,
        "password": password,
        "otp_token": code,
        "next": "/admin/",
    }
    answer = session.post(
        address, form, headers={"Referer": address}, timeout=TIMEOUT, allow_redirects=False
    )
    if answer.status_code != requests.codes.found:
        raise PermissionError(f"{username} cannot sign in: {answer.status_code}")
    return session


class Staff:
    """The demo's staff, each signed in once."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._sessions: dict[str, requests.Session] = {}

    def __call__(self, username: str) -> requests.Session:
        from demo.logins import code_for, password_for

        if username not in self._sessions:
            self._sessions[username] = signed_in(
                self._url, username, password_for(username), code_for(username)
            )
        return self._sessions[username]


def table(looked: Sequence[Looked]) -> Iterator[str]:
    yield "| page | ms | SQL | kB |  |"
    yield "| --- | --- | --- | --- | --- |"
    for one in looked:
        mark = "" if one.is_quick else f"**{one.status}, over {LIMIT_MS} ms**"
        counted = "–" if one.statements is None else one.statements
        size = one.size / 1000
        yield f"| {one.page} | {one.milliseconds:.0f} | {counted} | {size:.0f} | {mark} |"


@contextmanager
def web_running(database_url: str) -> Iterator[str]:
    """The shop's own web server on that database, debug off."""
    port = next_free(after=18_800)
    env = os.environ | {"DATABASE_URL": database_url, "DEBUG": "0", "PORT": str(port)}
    server = subprocess.Popen(web(port), env=env, stdout=subprocess.DEVNULL)
    url = f"http://{LOOPBACK}:{port}"
    try:
        _wait_for(url)
        yield url
    finally:
        server.terminate()
        server.wait(20)


def _wait_for(url: str) -> None:
    for _ in range(READY_SECONDS * 10):
        try:
            requests.get(f"{url}/readyz", timeout=2).raise_for_status()
        except requests.RequestException:
            time.sleep(0.1)
        else:
            return
    raise SystemExit(f"{url} does not answer")


def main(database_url: str) -> int:
    os.environ |= {"DJANGO_SETTINGS_MODULE": "shop.settings", "DATABASE_URL": database_url}
    django.setup()
    with web_running(database_url) as url:
        looked = desks(url, Staff(url))
    print("\n".join(table(looked)))
    return 0 if all(one.is_quick for one in looked) else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
