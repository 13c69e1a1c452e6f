"""Who the simulator plays for, from the environment."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, RSAPublicKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key, load_pem_public_key


@dataclass(frozen=True)
class Configuration:
    """One merchant with one mini-program, and WeChat Pay's own key."""

    port: int
    appid: str
    secret: str
    mchid: str
    api_v3_key: str
    merchant_serial: str
    merchant_key: RSAPublicKey
    platform_key: RSAPrivateKey
    platform_serial: str
    state_file: Path | None


def from_environment(environment: Mapping[str, str]) -> Configuration:
    """The configuration, or SystemExit naming the first variable that is missing or wrong."""
    return Configuration(
        port=_port(environment),
        appid=_set(environment, "WECHAT_APPID"),
        secret=_set(environment, "WECHAT_SECRET"),
        mchid=_set(environment, "WECHAT_MCHID"),
        api_v3_key=_api_v3_key(environment),
        merchant_serial=_set(environment, "WECHAT_MERCHANT_SERIAL"),
        merchant_key=_merchant_key(environment),
        platform_key=_platform_key(environment),
        platform_serial=_set(environment, "WECHAT_PAY_PUBLIC_KEY_ID"),
        state_file=Path(path) if (path := environment.get("SIMULATOR_STATE")) else None,
    )


def _set(environment: Mapping[str, str], name: str) -> str:
    value = environment.get(name, "")
    if not value:
        raise SystemExit(f"{name} is not set")
    return value


def _port(environment: Mapping[str, str]) -> int:
    text = _set(environment, "SIMULATOR_PORT")
    if not (text.isascii() and text.isdigit() and int(text) < 65536):
        raise SystemExit("SIMULATOR_PORT is not a port")
    return int(text)


def _api_v3_key(environment: Mapping[str, str]) -> str:
    key = _set(environment, "WECHAT_API_V3_KEY")
    if len(key.encode()) != 32:
        raise SystemExit("WECHAT_API_V3_KEY is not 32 bytes")
    return key


def _merchant_key(environment: Mapping[str, str]) -> RSAPublicKey:
    name = "SIMULATOR_MERCHANT_PUBLIC_KEY_FILE"
    try:
        key = load_pem_public_key(Path(_set(environment, name)).read_bytes())
    except (OSError, ValueError) as error:
        raise SystemExit(f"{name}: {error}") from None
    if not isinstance(key, RSAPublicKey):
        raise SystemExit(f"{name} is not an RSA key")
    return key


def _platform_key(environment: Mapping[str, str]) -> RSAPrivateKey:
    name = "SIMULATOR_PLATFORM_KEY_FILE"
    try:
        key = load_pem_private_key(Path(_set(environment, name)).read_bytes(), password=None)
    except (OSError, TypeError, ValueError) as error:
        raise SystemExit(f"{name}: {error}") from None
    if not isinstance(key, RSAPrivateKey):
        raise SystemExit(f"{name} is not an RSA key")
    return key
