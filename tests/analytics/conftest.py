"""Here a test's own transaction stands open while a report is drawn; in the house none does."""

import pytest

from shop.events import relay


@pytest.fixture(autouse=True)
def _patience(monkeypatch):
    monkeypatch.setattr(relay, "STOPPED", "60s")
