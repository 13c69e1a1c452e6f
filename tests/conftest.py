"""Tests that drive a browser need a Chromium; a run that left them out says so, and CI fails."""

import os
import shutil

import pytest

PROGRAMS = ("chromium", "chromium-browser", "google-chrome")


def chromium_path() -> str | None:
    """CHROMIUM, or the one on the PATH. Playwright's own download is not used."""
    return os.environ.get("CHROMIUM") or next(filter(None, map(shutil.which, PROGRAMS)), None)


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
