"""A plugin (`-p tests.canaries`): whatever the run logs, queues, caches, announces or is asked for
is searched for the persons and secrets of the tests, as it happens. A hit fails the run.

Watched: structlog and logging; every command to Valkey (Celery's messages, cache keys and values);
the addresses of requests; after each test with a database the facts and the errors of deliveries
and timers.
"""

import contextlib
import logging
import os
import re
import secrets
import socket
import threading
import time
from urllib.parse import urlsplit

import pytest
import redis

PERSONS = (
    r"138[ -]?0000[ -]?1234",  # Ming's phone, in make.py and on phone.HOME
    "王明",
    "文三路 ?90",
    "openid-of-",
    r"(?<![\w-])o[\w-]{27}(?![\w-])",  # an openid as WeChat writes it
)
SECRETS = (
    "0123456789abcdef0123456789ABCDEF",  # tests.wechat.API_V3_KEY
    "test-app-secret",
    "correct horse 42",
    "PRIVATE KEY-----",
)
CANARY = re.compile("|".join((*PERSONS, *SECRETS)))
TOKEN = re.compile(r"[\w-]{43}")
EXCERPT = 60


class Watch:
    """Searches what it is shown; keeps only where something was found."""

    def __init__(self):
        self.hits = []
        self.looked = 0
        self.tokens = set()

    def look(self, where, text):
        self.looked += 1
        for found in self.canaries_in(text):
            near = max(0, text.find(found) - EXCERPT)
            self.hits.append((where, text[near : near + 2 * EXCERPT + len(found)]))

    def canaries_in(self, text):
        yield from (found[0] for found in CANARY.finditer(text))
        yield from self.tokens.intersection(TOKEN.findall(text))

    @contextlib.contextmanager
    def diverted(self):
        """The hits of a control, which do not count."""
        kept, self.hits = self.hits, []
        try:
            yield self.hits
        finally:
            self.hits = kept


WATCH = Watch()


class LogWatcher(logging.Handler):
    """Whatever reaches the root logger, with the traceback as it would be written."""

    def emit(self, record):
        WATCH.look("log", self.format(record))


class WatchedStream:
    """Standard error as structlog writes to it."""

    def __init__(self, stream):
        self.stream = stream

    def write(self, text):
        WATCH.look("log", text)
        return self.stream.write(text)

    def flush(self):
        self.stream.flush()


LAST_WORD = re.compile(rb'"ECHO" "([0-9a-f]{16})"')


class ValkeyWatcher(threading.Thread):
    """Valkey's MONITOR: every command of every client in these databases, until the server ends.

    The other databases belong to other workers of the run, with controls and watchers of their own.
    """

    def __init__(self, *urls):
        super().__init__(daemon=True)
        self.url, self.last_word = urls[0], ""
        parts = urlsplit(self.url)
        ours = b"|".join(urlsplit(url).path.strip("/").encode() for url in urls)
        self.is_ours = re.compile(rb"^\+[\d.]+ \[(?:" + ours + rb") ").match
        self.connection = socket.create_connection((parts.hostname, parts.port))
        self.connection.sendall(f"AUTH {parts.password}\r\nMONITOR\r\n".encode())

    def run(self):
        with contextlib.suppress(OSError), self.connection.makefile("rb") as lines:
            for line in lines:
                if b'"AUTH"' not in line and self.is_ours(line):
                    WATCH.look("valkey", unescaped(line))
                if word := LAST_WORD.search(line):
                    self.last_word = word[1].decode()


def unescaped(line: bytes) -> str:
    """MONITOR writes bytes above ASCII as \\x hex."""
    raw = re.sub(rb"\\x([0-9a-f]{2})", lambda found: bytes([int(found[1], 16)]), line)
    return raw.decode(errors="replace")


TEXTS = """
SELECT 'fact ' || kind, data::text || reason FROM events_eventlog
UNION ALL SELECT 'delivery ' || reaction, last_error FROM events_delivery WHERE last_error <> ''
UNION ALL SELECT 'timer ' || kind, last_error FROM timing_timer WHERE last_error <> ''
UNION ALL SELECT 'message', outcome FROM events_inboxmessage
"""


def look_at_the_database():
    from django.db import connection

    if connection.needs_rollback or not connection.is_usable():
        return
    with connection.cursor() as cursor:
        cursor.execute(TEXTS)
        for where, text in cursor.fetchall():
            WATCH.look(where, text)


def watch_structlog():
    import structlog

    ours = structlog.get_config()["logger_factory"]

    def watched(*args):
        logger = ours(*args)
        return structlog.PrintLogger(WatchedStream(logger._file))

    structlog.configure(logger_factory=watched)


def watch_tokens():
    from shop.identity.models import CustomerToken

    fresh = CustomerToken.fresh

    def remembered():
        token = fresh()
        WATCH.tokens.add(token)
        return token

    CustomerToken.fresh = staticmethod(remembered)


def watch_requests():
    from django.core.signals import request_started

    def look(sender, environ=None, **kwargs):
        if environ:
            query = environ.get("QUERY_STRING", "")
            WATCH.look("address", f"{environ.get('PATH_INFO', '')}?{query}")

    request_started.connect(look, weak=False)


@pytest.fixture(scope="session", autouse=True)
def valkey_watcher():
    watch_structlog()
    watch_tokens()
    watch_requests()
    logging.getLogger().addHandler(LogWatcher())
    watcher = ValkeyWatcher(os.environ["CACHE_URL"], os.environ["BROKER_URL"])
    watcher.start()
    yield watcher
    settle(watcher)


def settle(watcher):
    """Until MONITOR has told of everything so far: it tells in order, so of a last word too."""
    word = secrets.token_hex(8)
    with redis.from_url(watcher.url) as client:
        client.echo(word)
    deadline = time.monotonic() + 60
    while watcher.last_word != word:
        assert time.monotonic() < deadline, "MONITOR does not tell"
        time.sleep(0.01)


@pytest.fixture(autouse=True)
def _facts_tell_of_nobody(request):
    uses_database = request.node.get_closest_marker("django_db") or "db" in request.fixturenames
    if uses_database:
        request.getfixturevalue("_django_db_helper")  # so that we look before it rolls back
    yield
    if uses_database:
        look_at_the_database()


def pytest_sessionfinish(session):
    if hasattr(session.config, "workeroutput"):
        session.config.workeroutput["canaries"] = (WATCH.looked, WATCH.hits)
    if WATCH.hits and session.exitstatus == pytest.ExitCode.OK:
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node):
    """What a worker of the run saw counts as what the run saw; one that crashed told nothing."""
    looked, hits = getattr(node, "workeroutput", {}).get("canaries", (0, []))
    WATCH.looked += looked
    WATCH.hits += hits


def pytest_terminal_summary(terminalreporter):
    reporter = terminalreporter
    reporter.line(
        f"canaries: {len(WATCH.hits)} found in {WATCH.looked:,} texts of logs, queues, caches,"
        " addresses, facts and errors"
    )
    if WATCH.hits:
        reporter.section("personal data or secrets LEAKED", red=True)
        for where, excerpt in WATCH.hits[:20]:
            reporter.line(f"{where}: …{excerpt!r}…")
