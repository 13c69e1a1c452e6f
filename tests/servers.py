"""Loaded first (`-p tests.servers`): Django's settings need the servers' addresses."""

import contextlib

import pytest

from start.testing import test_servers

_running = contextlib.ExitStack()
_running.enter_context(test_servers())


@pytest.hookimpl(trylast=True)
def pytest_unconfigure() -> None:
    _running.close()
