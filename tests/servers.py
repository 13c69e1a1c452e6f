"""A pytest plugin (`-p tests.servers`): the run's own PostgreSQL and Valkey.

Loaded before pytest-django, because that reads the settings before any conftest.py is imported.
"""

import contextlib
from pathlib import Path

import pytest

from shop.doors.translations import compile_translations
from start.testing import test_servers


@pytest.hookimpl(tryfirst=True)
def pytest_load_initial_conftests(early_config: pytest.Config) -> None:
    until_the_end = contextlib.ExitStack()
    until_the_end.enter_context(test_servers())
    compile_translations([Path(__file__).parent.parent / "locale"])  # Django reads them once
    early_config.add_cleanup(until_the_end.close)
