"""快递100 of our own for the tests: settings, and the simulator as a real process."""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from select import select
from typing import Any

from shop.vendors.carriers.settings import CarrierSettings, Sender
from shop.vendors.carriers.simulator.remote import Remote

CUSTOMER = "0123456789ABCDEF0123456789ABCDEF"
KEY = "carrier-key-9b1d"
SECRET = "carrier-secret-77aa"
SALT = "carrier-salt-c0ffee"
START_SECONDS = 60
COMPANIES = {"SF": "shunfeng", "ZTO": "zhongtong", "YTO": "yuantong", "EMS": "ems", "JD": "jd"}


@dataclass(frozen=True)
class RunningCarriers:
    """A simulator process: where it listens, its control API, settings that lead to it."""

    url: str
    remote: Remote
    settings: CarrierSettings


def carrier_settings(url: str = "http://127.0.0.1:1", **changes: Any) -> CarrierSettings:
    made = CarrierSettings(
        track_url=url,
        label_url=url,
        customer=CUSTOMER,
        key=KEY,
        secret=SECRET,
        salt=SALT,
        sender=Sender("颐禾堂仓库", "0631-5200000", "山东省威海市环翠区世昌大道 1 号"),
        accounts=dict.fromkeys(COMPANIES, "KD000001"),
    )
    return replace(made, **changes)


@contextmanager
def running_carriers(**environment: str) -> Iterator[RunningCarriers]:
    """The simulator as its own process on a free port, until the block ends."""
    own = {
        "SIMULATOR_PORT": "0",
        "KUAIDI100_CUSTOMER": CUSTOMER,
        "KUAIDI100_KEY": KEY,
        "KUAIDI100_SECRET": SECRET,
    }
    process = subprocess.Popen(
        [sys.executable, "-m", "shop.vendors.carriers.simulator"],
        env=os.environ | own | environment,
        cwd=Path(__file__).parent.parent,
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        url = _announced_url(process)
        yield RunningCarriers(url, Remote(url), carrier_settings(url))
    finally:
        process.terminate()
        process.wait(START_SECONDS)
        if process.stdout:
            process.stdout.close()


def _announced_url(process: subprocess.Popen[str]) -> str:
    assert process.stdout
    readable, _, _ = select([process.stdout], [], [], START_SECONDS)
    line = process.stdout.readline() if readable else ""
    assert line, "the simulator did not start"
    return line.split(" on ")[1].strip()
