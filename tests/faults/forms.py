"""The two sizes of a case: short in every run of the tests, long in `make soak`.

SOAK_PERCENT=20 make soak: the long forms at a fifth of their size. What is recorded is what ran.
"""

import os

import pytest

PERCENT = int(os.environ.get("SOAK_PERCENT", "100"))


def scaled(size: int) -> int:
    return max(1, size * PERCENT // 100)


def sizes(short: int, long: int) -> list[object]:
    """For parametrize: how often the fault strikes."""
    return [
        pytest.param(short, id="short"),
        pytest.param(scaled(long), id="long", marks=pytest.mark.soak),
    ]
