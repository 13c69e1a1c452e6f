"""Each test's anchors stand in a folder of its own."""

import pytest

from tests.api.conftest import ming, stranger

__all__ = ["anchors_folder", "ming", "stranger"]


@pytest.fixture(autouse=True)
def anchors_folder(settings, tmp_path):
    settings.AUDIT_ANCHORS = tmp_path / "anchors"
    return settings.AUDIT_ANCHORS
