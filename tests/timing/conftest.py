"""The bell of belfry.py and the errands of errands.py, for every file of the folder."""

from tests.timing.belfry import bell  # noqa: F401 - a fixture
from tests.timing.errands import only  # noqa: F401 - a fixture
