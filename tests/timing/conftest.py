"""The bell of belfry.py, for every file of the folder."""

from tests.timing.belfry import bell  # noqa: F401 - a fixture
