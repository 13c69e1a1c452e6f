"""A start that changes nothing skips what the last one prepared."""

import pytest

from start.prepared import Prepared, fingerprint


class Server:
    def __init__(self, home):
        self.home = home


class Here:
    def __init__(self, home):
        self.servers = {"postgres": Server(home)} if home else {}


@pytest.fixture
def checkout(tmp_path):
    root = tmp_path / "checkout"
    (root / "shop").mkdir(parents=True)
    (root / "shop" / "models.py").write_text("one")
    return root


def test_the_note_holds_until_a_file_changes(checkout, tmp_path):
    home = tmp_path / "data"
    home.mkdir()
    assert not Prepared(Here(home), checkout).holds
    welcomed = []
    Prepared(Here(home), checkout).before(lambda: welcomed.append(1))()
    assert welcomed == [1]
    assert Prepared(Here(home), checkout).holds
    (checkout / "shop" / "models.py").write_text("another")
    assert not Prepared(Here(home), checkout).holds


def test_what_a_run_makes_by_itself_does_not_count(checkout):
    before = fingerprint(checkout)
    for made in ("var/log", ".venv/lib", "shop/__pycache__/models.pyc", "shop/zh.mo"):
        (checkout / made).parent.mkdir(parents=True, exist_ok=True)
        (checkout / made).write_text("x")
    assert fingerprint(checkout) == before


def test_with_a_database_of_somebody_elses_there_is_no_note(checkout):
    Prepared(Here(None), checkout).before(lambda: None)()
    assert not Prepared(Here(None), checkout).holds
