"""A large shop is kept in a database of its own: whole or not at all, until something changes."""

import psycopg
import pytest
from django.db import connection

from demo.large import keeping
from demo.large.keeping import keep, key, name_of
from demo.large.size import Size

SIZE = Size(0.0001)


@pytest.fixture(autouse=True)
def no_databases(transactional_db):
    forget()
    yield
    forget()


def databases():
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT datname FROM pg_database WHERE starts_with(datname, %s)",
            [f"{connection.settings_dict['NAME']}_large_"],
        )
        return [name for (name,) in cursor.fetchall()]


def forget():
    for name in databases():
        with connection.cursor() as cursor:
            cursor.execute(f'DROP DATABASE "{name}"')


def table_of_one():
    with connection.cursor() as cursor:
        cursor.execute("CREATE TABLE one (); SELECT current_database()")
        cursor.nextset()
        return {"orders": 1, "in": cursor.fetchone()[0]}


def nobody_fills():
    raise AssertionError("it stands there already")


def test_it_is_built_once_beside_the_shop(settings):
    own = connection.settings_dict["NAME"]
    kept = keep(SIZE, table_of_one)
    assert kept.is_new
    assert kept.made["in"] == f"{kept.name}_building"
    assert databases() == [kept.name] == [name_of(SIZE)]
    assert connection.settings_dict["NAME"] == own
    again = keep(SIZE, nobody_fills)
    assert (again.made, again.is_new) == (kept.made, False)
    with psycopg.connect(kept.url) as there:
        assert there.execute("SELECT count(*) FROM one").fetchone() == (0,)


@pytest.mark.parametrize("end", [KeyboardInterrupt, MemoryError, ValueError])
def test_an_interrupted_one_leaves_nothing(end):
    def pulled_the_plug():
        table_of_one()
        raise end

    with pytest.raises(end):
        keep(SIZE, pulled_the_plug)
    assert databases() == []


def test_what_a_killed_one_left_is_removed_and_never_taken_for_a_whole_one():
    with connection.cursor() as cursor:
        cursor.execute(f'CREATE DATABASE "{name_of(SIZE)}_building"')
    assert keep(SIZE, table_of_one).is_new
    assert databases() == [name_of(SIZE)]


def test_nobody_disturbs_one_that_is_being_built():
    building = f"{name_of(SIZE)}_building"
    with connection.cursor() as cursor:
        cursor.execute(f'CREATE DATABASE "{building}"')
    with psycopg.connect(**there(building)), pytest.raises(keeping.BeingBuilt):
        keep(SIZE, nobody_fills)
    assert databases() == [building]


def there(name):
    params = connection.get_connection_params()
    wanted = ("host", "port", "user", "password")
    return {one: params[one] for one in wanted if one in params} | {"dbname": name}


def test_its_key_changes_with_the_migrations(settings):
    before = key()
    settings.MIGRATION_MODULES = {"figures": None}
    assert key() != before


def test_its_key_changes_with_the_generator(monkeypatch, tmp_path):
    (tmp_path / "large.py").write_text("COPIES = 25")
    monkeypatch.setattr(keeping, "DEMO", tmp_path)
    before = key()
    assert before == key()
    (tmp_path / "large.py").write_text("COPIES = 26")
    assert key() != before


def test_its_key_changes_with_the_keys_its_persons_are_sealed_under(settings):
    before = key()
    settings.BLIND_INDEX_KEY = bytes(32)
    assert key() != before


def test_an_older_one_of_the_same_size_makes_room_for_the_newer(settings):
    old = keep(SIZE, table_of_one).name
    settings.MIGRATION_MODULES = {"figures": None}
    new = keep(SIZE, table_of_one).name
    assert old != new
    assert databases() == [new]
