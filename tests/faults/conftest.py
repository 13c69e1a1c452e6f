"""The ground is laid once per run, a rig per case."""

import tempfile
from functools import partial
from pathlib import Path

import pytest

from tests.faults import figures
from tests.faults.receiver import Receiver
from tests.faults.rig import Ground, Rig


@pytest.fixture(scope="session")
def ground(keys, running):
    with (
        tempfile.TemporaryDirectory(prefix="shop-faults-") as folder,
        Ground(Path(folder), keys, running.url) as ground,
    ):
        yield ground


@pytest.fixture
def rig(ground, tmp_path):
    rig = Rig(ground, tmp_path)
    yield rig
    rig.close()


@pytest.fixture
def receiver(rig):
    with Receiver() as receiver:
        rig.env["RECEIVER_URL"] = receiver.url
        yield receiver


@pytest.fixture
def is_soak(request):
    """Whether this is the long form of a case."""
    return request.node.get_closest_marker("soak") is not None


@pytest.fixture
def record(is_soak):
    """Keep a figure of this case, as the suite's or the soak's."""
    return partial(figures.record, form="soak" if is_soak else "suite")
