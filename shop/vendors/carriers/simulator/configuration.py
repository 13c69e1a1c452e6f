"""Whom the simulator serves, from the environment."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Configuration:
    """One company at 快递100.

    `pace`: seconds between two scans of a parcel that travels by itself; 0: none moves unless it is
    told to.
    """

    port: int
    customer: str
    key: str
    secret: str
    pace: float
    state_file: Path | None


def from_environment(environment: Mapping[str, str]) -> Configuration:
    """The configuration, or SystemExit naming the first variable that is missing or wrong."""
    return Configuration(
        port=int(_number(environment, "SIMULATOR_PORT", "")),
        customer=_set(environment, "KUAIDI100_CUSTOMER"),
        key=_set(environment, "KUAIDI100_KEY"),
        secret=_set(environment, "KUAIDI100_SECRET"),
        pace=_number(environment, "SIMULATOR_PACE", "0"),
        state_file=Path(path) if (path := environment.get("SIMULATOR_STATE")) else None,
    )


def _set(environment: Mapping[str, str], name: str) -> str:
    value = environment.get(name, "")
    if not value:
        raise SystemExit(f"{name} is not set")
    return value


def _number(environment: Mapping[str, str], name: str, default: str) -> float:
    text = environment.get(name, default)
    if not (text.isascii() and text.isdigit() and int(text) < 65536):
        raise SystemExit(f"{name} is not a number up to 65535")
    return float(text)
