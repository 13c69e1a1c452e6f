"""What the caller's environment may say, and what it makes of the start."""

import socket

import pytest

from start.demo import programs, refuse_taken_port
from start.environment import SECRETS, Surroundings
from start.errors import PortTaken, ServerDidNotStart, WrongEnvironment
from start.forget import forget
from start.servers import Valkey

EXTERNAL = {
    "DATABASE_URL": "postgres://db/shop",
    "BROKER_URL": "redis://broker/0",
    "CACHE_URL": "redis://cache/0",
    **dict.fromkeys(SECRETS, "given"),
}


@pytest.fixture
def surroundings(ground):
    """Make surroundings; whatever servers they settled let go of their folders."""
    made = []

    def make(**said):
        made.append(Surroundings(said, ground / "var"))
        return made[-1]

    yield make
    for one in made:
        for server in one.servers.values():
            server.stop()


def names(here, ground):
    return [program.name for program in programs(here, ground, welcome=print)]


def test_with_nothing_said_it_is_the_demo_with_everything_of_its_own(surroundings, ground):
    here = surroundings()
    here.check()
    assert list(here.servers) == ["valkey", "postgres"]
    assert names(here, ground) == [
        *("prepare", "web", "worker", "relay", "wechat", "carriers", "mail", "logins", "shoppers"),
    ]
    environment = here.environment()
    assert environment["DEMO"] == "1"
    assert environment["PUBLIC_URL"] == "http://127.0.0.1:8765"
    assert environment["BROKER_URL"].endswith("/0")
    assert environment["CACHE_URL"].endswith("/1")
    assert environment["WECHAT_PAY_URL"].startswith("http://127.0.0.1:")
    assert environment["WECOM_ROBOT_URL"].startswith(environment["WECHAT_API_URL"])
    assert "order_paid=order_paid-" in environment["WECHAT_TEMPLATES"]


def test_with_external_servers_nothing_is_started_seeded_or_simulated(surroundings, ground):
    here = surroundings(**EXTERNAL)
    here.check()
    assert here.servers == {}
    assert names(here, ground) == ["prepare", "web", "worker", "relay", "mail"]
    environment = here.environment()
    assert environment["DEMO"] == "0"
    assert environment["DATABASE_URL"] == "postgres://db/shop"
    assert "WECHAT_PAY_URL" not in environment
    assert "WECOM_ROBOT_URL" not in environment
    assert not (ground / "var" / "keys").exists()


@pytest.mark.parametrize("yes", ["1", "true", "YES"])
def test_the_demo_refuses_an_external_database(surroundings, yes):
    with pytest.raises(WrongEnvironment, match="not the demo's own"):
        surroundings(**EXTERNAL, DEMO=yes).check()


@pytest.mark.parametrize("name", SECRETS)
def test_an_external_database_brings_its_secrets(surroundings, name):
    said = {key: value for key, value in EXTERNAL.items() if key != name}
    with pytest.raises(WrongEnvironment, match=name):
        surroundings(**said).check()
    surroundings(**said, **{f"{name}_FILE": "/run/secrets/it"}).check()


def test_a_mail_server_that_is_named_is_used(surroundings, ground):
    here = surroundings(**EXTERNAL, EMAIL_URL="smtp://mail")
    assert "mail" not in names(here, ground)
    assert here.environment()["EMAIL_URL"] == "smtp://mail"


@pytest.mark.parametrize("port", ["", "http", "0", "65536", "-1"])
def test_a_port_that_is_none_is_refused(surroundings, port):
    with pytest.raises(WrongEnvironment, match="PORT"):
        _ = surroundings(PORT=port).port


def test_a_taken_port_is_named_with_a_free_one():
    with socket.socket() as stranger:
        stranger.bind(("127.0.0.1", 0))
        stranger.listen()
        taken = stranger.getsockname()[1]
        with pytest.raises(PortTaken) as refusal:
            refuse_taken_port(taken)
    assert f"Port {taken} of this machine is taken" in str(refusal.value)
    assert "PORT=" in str(refusal.value)
    assert f"PORT={taken} " not in str(refusal.value)


def test_clean_forgets_the_demo_but_not_under_a_running_server(ground):
    var = ground / "var"
    (var / "mail").mkdir(parents=True)
    with Valkey(var / "valkey", fast=True), pytest.raises(ServerDidNotStart, match="in use"):
        forget(var)
    assert (var / "mail").exists()
    forget(var)
    assert not var.exists()
    forget(var)  # a second time there is nothing to do
