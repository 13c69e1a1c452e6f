"""The servers of a test run: this very one."""

import os
import tempfile
from pathlib import Path

from start import testing
from start.places import LOCK


def test_a_second_call_shares_the_running_servers():
    before = dict(os.environ)
    with testing.test_servers():
        assert dict(os.environ) == before


def test_the_folder_of_a_killed_run_is_removed_and_a_living_one_kept():
    ours = Path(os.environ[testing.RUNNING])
    abandoned = Path(tempfile.mkdtemp(prefix=testing.PREFIX))
    (abandoned / "postgres").mkdir()
    (abandoned / "postgres" / LOCK).touch()
    testing.forget_abandoned()
    assert not abandoned.exists()
    assert (ours / "postgres" / LOCK).exists()
