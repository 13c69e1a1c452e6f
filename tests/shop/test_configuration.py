"""A wrong environment refuses to start and names the variable."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


def check(**environment):
    """`manage.py check` as its own process with a changed environment."""
    return subprocess.run(
        [sys.executable, "manage.py", "check"],
        cwd=ROOT,
        env=os.environ | environment,
        capture_output=True,
        text=True,
    )


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("DATABASE_URL", "mysql://root@127.0.0.1/shop"),
        ("DATABASE_URL", "postgres://127.0.0.1"),
        ("FIELD_KEYS", "1:c2hvcnQ="),
        ("FIELD_KEYS", "x"),
        ("BLIND_INDEX_KEY", "no base64 at all"),
        ("DEBUG", "perhaps"),
        ("EMAIL_URL", "http://mail"),
        ("TRUSTED_PROXIES", "many"),
        ("SECRET_KEY_FILE", "/nowhere/at/all"),
        ("WECHAT_MCHID", ""),
        ("PUBLIC_URL", "http://shop.example"),
    ],
)
def test_names_the_variable(variable, value):
    result = check(**{variable: value})
    assert result.returncode != 0
    assert variable in result.stderr


def test_the_public_keys_of_a_fresh_clone_stay_on_this_machine():
    env = {name: value for name, value in os.environ.items() if name != "SECRET_KEY"}
    result = subprocess.run(
        [sys.executable, "manage.py", "check"],
        cwd=ROOT,
        env=env | {"PUBLIC_URL": "https://shop.example"},
        capture_output=True,
        text=True,
    )
    assert result.returncode != 0
    assert "SECRET_KEY" in result.stderr


def test_the_demo_never_runs_beside_real_customers():
    result = check(DEMO="1", DATABASE_URL="postgres://shop:x@db.example:5432/shop")
    assert result.returncode != 0
    assert "DATABASE_URL" in result.stderr


def test_what_is_right_passes():
    assert check().returncode == 0
