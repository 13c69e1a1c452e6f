"""Where a large shop is kept: a database of its own on the server of DATABASE_URL.

Its name ends in a key of all that made it. Under that name stands a whole one or none: it is built
under another name and renamed when it is done, and what an interrupted one left the next removes.
"""

import hashlib
import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

import psycopg
from django.contrib.contenttypes.models import ContentType
from django.db import connection
from django.db.migrations.loader import MigrationLoader
from psycopg import sql

from demo.large.size import Size
from demo.logins import password_for
from shop.identity.fields import blind_index
from shop.records import in_force

DEMO = Path(__file__).parent.parent
NOT_OURS = {"simulate", "management", "__pycache__"}
BUILDING = "_building"
QUICK = {
    "synchronous_commit": "off",
    "maintenance_work_mem": "1GB",
    "work_mem": "256MB",
    "jit": "off",
}
Fill = Callable[[], dict[str, Any]]
"""Fills the empty database that is connected; what it made."""


class BeingBuilt(Exception):
    """Somebody else is building this very shop now."""


def key() -> str:
    """Another one when the migrations, the generator or the keys of this installation change."""
    digest = hashlib.sha256()
    for node in sorted(MigrationLoader(None).graph.nodes):
        digest.update(repr(node).encode())
    for file in sorted(DEMO.rglob("*")):
        within = file.relative_to(DEMO)
        if file.suffix in {".py", ".toml"} and not NOT_OURS & set(within.parts):
            digest.update(str(within).encode() + file.read_bytes())
    digest.update(blind_index("颐禾堂") + password_for("large").encode())
    return digest.hexdigest()[:12]


def name_of(size: Size) -> str:
    """`shop_large_0.01_3f…`: beside the database that the settings name."""
    return f"{_family(size)}{key()}"


def _family(size: Size) -> str:
    return f"{connection.settings_dict['NAME']}_large_{size.scale:g}_"


@dataclass(frozen=True)
class Kept:
    """A large shop that is whole: what was made, whether that was now, and what it takes."""

    name: str
    made: dict[str, Any]
    is_new: bool
    size_mb: int

    @property
    def url(self) -> str:
        """What DATABASE_URL is for whoever wants to work on it."""
        there = connection.settings_dict
        user, password = (quote(there[part], safe="") for part in ("USER", "PASSWORD"))
        return f"postgresql://{user}:{password}@{there['HOST']}:{there['PORT']}/{self.name}"


def keep(size: Size, fill: Fill) -> Kept:
    """The one of this size; filled now when there is none. Raises BeingBuilt.

    Those of the same size that an earlier release built are removed.
    """
    name = name_of(size)
    with _server() as server:
        made = _made(server, name)
        is_new = made is None
        if made is None:
            for old in _databases(server, _family(size)):
                _drop(server, old)
            made = _build(server, name, fill)
        return Kept(name, made, is_new, _megabytes(server, name))


def _build(server: psycopg.Connection, name: str, fill: Fill) -> dict[str, Any]:
    building = name + BUILDING
    _run(server, "CREATE DATABASE {} TEMPLATE template0", building)
    try:
        for parameter, value in QUICK.items():
            _run(server, f"ALTER DATABASE {{}} SET {parameter} = '{value}'", building)
        with connected_to(building):
            made = fill()
        _run(server, "ALTER DATABASE {} RESET ALL", building)
        server.execute(
            sql.SQL("COMMENT ON DATABASE {} IS {}").format(
                sql.Identifier(building), sql.Literal(json.dumps(made))
            )
        )
        _run(server, "ALTER DATABASE {} RENAME TO {}", building, name)
    except BaseException:
        _run(server, "DROP DATABASE {} WITH (FORCE)", building)
        raise
    return made


@contextmanager
def connected_to(name: str) -> Iterator[None]:
    """Within the block the shop of this thread is the one in that database, without limits of
    time for a statement."""
    before = connection.settings_dict["NAME"]
    _turn_to(name)
    try:
        with connection.cursor() as cursor:
            cursor.execute("SET statement_timeout = 0")
            cursor.execute("SET idle_in_transaction_session_timeout = 0")
        yield
    finally:
        _turn_to(before)


def _turn_to(name: str) -> None:
    """What this process remembers of one shop is not true of another."""
    connection.close()
    connection.settings_dict["NAME"] = name
    ContentType.objects.clear_cache()
    in_force.remember(in_force.Known())


@contextmanager
def _server() -> Iterator[psycopg.Connection]:
    """A connection for databases as a whole, beside the shop's own."""
    there = {**connection.get_connection_params(), "dbname": "postgres"}
    wanted = {name: there[name] for name in ("host", "port", "user", "password") if name in there}
    with psycopg.connect(**wanted, dbname="postgres", autocommit=True) as server:
        yield server


def _made(server: psycopg.Connection, name: str) -> dict[str, Any] | None:
    found = server.execute(
        "SELECT shobj_description(oid, 'pg_database') FROM pg_database WHERE datname = %s", [name]
    ).fetchone()
    return json.loads(found[0]) if found else None


def _megabytes(server: psycopg.Connection, name: str) -> int:
    found = server.execute("SELECT pg_database_size(%s) / 1024 / 1024", [name]).fetchone()
    return found[0] if found else 0


def _databases(server: psycopg.Connection, family: str) -> list[str]:
    found = server.execute(
        "SELECT datname FROM pg_database WHERE starts_with(datname, %s)", [family]
    )
    return [name for (name,) in found]


def _drop(server: psycopg.Connection, name: str) -> None:
    """One that is at work is left alone."""
    try:
        _run(server, "DROP DATABASE {}", name)
    except psycopg.errors.ObjectInUse as error:
        raise BeingBuilt(f"{name} is in use") from error


def _run(server: psycopg.Connection, statement: str, *names: str) -> None:
    server.execute(sql.SQL(statement).format(*map(sql.Identifier, names)))
