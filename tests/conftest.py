"""What every test shares: roles in the database, an empty cache, phones — and a browser.

A run that left the browser tests out says so, and with CI=true it fails.
"""

import os
import shutil
import tempfile
import time
from contextlib import suppress

import pytest
from django.conf import settings
from django.core.cache import cache
from django.db import DatabaseError, connection
from pytest_django.plugin import blocking_manager_key

from shop.clock import now
from shop.doors.api.caching import forget_at_hand
from shop.events import relay
from shop.events.relay import run_reactions
from shop.identity.actions import sync_roles
from shop.identity.actors import Actor
from shop.records import in_force
from shop.records.models.channels import MINI_PROGRAM, Channel
from shop.vendors.circuits import forget_circuits
from tests.carriers import running_carriers
from tests.mails import mail_server
from tests.oracle.judging import breaches
from tests.phone import Phone
from tests.wechat import make_keys, running_simulator


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup, django_db_blocker):
    with django_db_blocker.unblock():
        sync_roles(by=Actor.system("tests"))


@pytest.fixture(autouse=True)
def _empty_cache():
    cache.clear()
    forget_at_hand()
    in_force.remember(in_force.Known())


@pytest.fixture(autouse=True)
def _every_vendor_is_well():
    """What one test's vendor failed at is no reason to leave the next test's alone."""
    forget_circuits()


@pytest.fixture(autouse=True)
def _a_relay_within_a_test_may_rest(monkeypatch):
    """Its limit would stay with the test's own transaction."""
    monkeypatch.setattr(relay, "STOPPED", "300s")


@pytest.fixture(autouse=True)
def _no_old_anchors():
    """Of a chain that another test began, in a database that is gone."""
    shutil.rmtree(settings.AUDIT_ANCHORS, ignore_errors=True)


def pytest_configure():
    # Each worker of the run keeps the anchors of its own chains, and so do programs it starts.
    settings.AUDIT_ANCHORS = tempfile.mkdtemp(prefix="anchors-")
    os.environ["AUDIT_ANCHORS"] = settings.AUDIT_ANCHORS
    settings.STORAGES["private"]["OPTIONS"]["location"] = tempfile.mkdtemp(prefix="files-")
    os.environ["FILES_OPTIONS"] = f"location={settings.STORAGES['private']['OPTIONS']['location']}"
    # Argon2 is slow on purpose; what it protects is not under test.
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    # Files by their own names: nothing is collected before a run of the tests.
    plain = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
    settings.STORAGES = {**settings.STORAGES, "staticfiles": plain}
    # A live server's threads leave no connection behind that would hold the test database.
    settings.DATABASES["default"]["CONN_MAX_AGE"] = 0
    # A test is one transaction, and between two of its statements a slow machine may think long.
    limits = settings.DATABASES["default"]["OPTIONS"]
    limits["options"] += " -c idle_in_transaction_session_timeout=300s"


@pytest.hookimpl(wrapper=True)
def pytest_runtest_teardown(item, nextitem):
    """A transactional test empties every table: what the migrations wrote is written again.

    After the last test there is no database left to write it to. A live server may still be at
    work on what a vendor sent it, or a session that we cut off not have noticed it: emptying waits
    for them rather than meeting them halfway.
    """
    is_transactional = (
        "transactional_db" in item.fixturenames
        or "live_server" in item.fixturenames
        or any(mark.kwargs.get("transaction") for mark in item.iter_markers("django_db"))
    )
    may_ask = item.config.stash[blocking_manager_key]
    if is_transactional:
        with may_ask.unblock():
            _wait_for_other_sessions()
    result = yield
    if is_transactional and nextitem is not None:
        with may_ask.unblock():
            Channel.objects.get_or_create(
                code=MINI_PROGRAM,
                defaults={"kind": MINI_PROGRAM, "name": "微信小程序", "created_at": now()},
            )
    return result


def _wait_for_other_sessions(seconds: int = 10):
    """Until no other session of this database is inside a statement or a transaction."""
    end = time.monotonic() + seconds
    connection.close_if_unusable_or_obsolete()
    with suppress(DatabaseError), connection.cursor() as cursor:
        while time.monotonic() < end:
            cursor.execute(
                "SELECT 1 FROM pg_stat_activity WHERE datname = current_database()"
                " AND backend_type = 'client backend' AND state <> 'idle'"
                " AND pid <> pg_backend_pid()"
            )
            if cursor.fetchone() is None:
                return
            time.sleep(0.05)


@pytest.fixture(scope="session")
def keys(tmp_path_factory):
    return make_keys(tmp_path_factory.mktemp("keys"))


@pytest.fixture(scope="session")
def running(keys):
    with running_simulator(keys) as simulator:
        yield simulator


@pytest.fixture
def simulator(running):
    """The simulator with all faults off; none of its notices comes to a later test."""
    running.remote.clear_faults()
    yield running
    running.remote.clear_faults()
    running.remote.recall_notices()


@pytest.fixture
def wechat(simulator, settings):
    """The shop's own WeChat settings lead to the simulator; its control API."""
    settings.WECHAT = simulator.settings
    return simulator.remote


@pytest.fixture(scope="session")
def carriers_running():
    with running_carriers() as simulator:
        yield simulator


@pytest.fixture
def carriers(carriers_running, settings):
    """The shop has an account at 快递100's simulator, which is well and knows nothing yet."""
    settings.CARRIERS = carriers_running.settings
    carriers_running.remote.clear_faults()
    carriers_running.remote.forget()
    yield carriers_running.remote
    carriers_running.remote.clear_faults()


@pytest.fixture
def phone(live_server, wechat, settings):
    """Makes phones of signed-in customers, by name; the shop is a live server."""
    settings.PUBLIC_URL = live_server.url
    return lambda owner="ming": Phone(live_server.url, wechat, owner).sign_in()


@pytest.fixture
def postman(settings):
    """The shop's mail server; what it took, and what it shall answer."""
    with mail_server() as postman:
        settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", postman.port
        settings.DEFAULT_FROM_EMAIL = "shop@shop.example"
        yield postman


@pytest.fixture
def oracle(db):
    """Judges the database after the test and the relay's next round; what is put in is evidence."""
    evidence = {}
    yield evidence
    run_reactions()
    assert breaches(**evidence) == []


BROWSERS = ("chromium", "chromium-browser", "google-chrome")


def chromium_path() -> str | None:
    """CHROMIUM, or the one on the PATH. Playwright's own download is not used."""
    return os.environ.get("CHROMIUM") or next(filter(None, map(shutil.which, BROWSERS)), None)


@pytest.fixture(scope="session")
def chromium() -> str:
    """The path of a Chromium, for Playwright's `executable_path`."""
    return chromium_path() or pytest.skip("there is no Chromium")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    if chromium_path():
        return
    for item in items:
        if item.get_closest_marker("browser"):
            item.add_marker(pytest.mark.skip(reason="there is no Chromium"))


def pytest_sessionfinish(session: pytest.Session) -> None:
    if os.environ.get("CI") == "true" and _browser_tests_not_run(session.config):
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def pytest_terminal_summary(
    terminalreporter: pytest.TerminalReporter, config: pytest.Config
) -> None:
    if not (left_out := _browser_tests_not_run(config)):
        return
    terminalreporter.section("browser tests NOT RUN", red=True)
    for test in left_out:
        terminalreporter.line(test)
    terminalreporter.line("Install a Chromium (Debian: apt install chromium) or set CHROMIUM.")
    if os.environ.get("CI") == "true":
        terminalreporter.line("With CI=true this is a failure.", red=True)


def _browser_tests_not_run(config: pytest.Config) -> list[str]:
    """Skipped for whatever reason. Empty in an xdist worker: the controller hears of all."""
    reporter = config.pluginmanager.get_plugin("terminalreporter")
    skipped = reporter.stats.get("skipped", ()) if reporter else ()
    return sorted({report.nodeid for report in skipped if "browser" in report.keywords})
