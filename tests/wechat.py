"""A WeChat of our own for the tests: keys, settings, and the simulator as a real process."""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path
from select import select

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
)
from cryptography.x509.oid import NameOID

from shop.vendors.wechat.settings import PaySettings, WechatSettings
from shop.vendors.wechat.simulator.remote import Remote

APPID = "wx8888888888888888"
SECRET = "test-app-secret"
MCHID = "1900000109"
API_V3_KEY = "0123456789abcdef0123456789ABCDEF"
MERCHANT_SERIAL = "1DDE55AD98ED71D6EDD4A4A16996DE7B47773A8C"
PUBLIC_KEY_ID = "PUB_KEY_ID_0119000001092024112500326400003"
START_SECONDS = 60


@dataclass(frozen=True)
class Keys:
    """Both sides' keys, and the folder that holds them as PEM files."""

    folder: Path
    merchant: rsa.RSAPrivateKey
    platform: rsa.RSAPrivateKey

    def file(self, name: str) -> Path:
        return self.folder / name


@dataclass(frozen=True)
class RunningSimulator:
    """A simulator process: where it listens, its control API, settings that lead to it."""

    url: str
    pid: int
    remote: Remote
    settings: WechatSettings


def make_keys(folder: Path) -> Keys:
    keys = Keys(folder, _rsa_key(), _rsa_key())
    keys.file("merchant.pem").write_bytes(private_pem(keys.merchant))
    keys.file("merchant-public.pem").write_bytes(public_pem(keys.merchant))
    keys.file("platform.pem").write_bytes(private_pem(keys.platform))
    keys.file("platform-public.pem").write_bytes(public_pem(keys.platform))
    return keys


def make_certificate(
    key: rsa.RSAPrivateKey,
    path: Path,
    *,
    valid_for: timedelta = timedelta(days=1825),
    address: str = "127.0.0.2",
) -> str:
    """A certificate over `key`, valid since yesterday; its serial as WeChat writes it."""
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Tenpay.com sign")])
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(datetime.now(UTC) - timedelta(days=1))
        .not_valid_after(datetime.now(UTC) + valid_for)
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address(address))]), False)
        .sign(key, SHA256())
    )
    path.write_bytes(certificate.public_bytes(Encoding.PEM))
    return f"{certificate.serial_number:040X}"


def pay_settings(keys: Keys, url: str = "http://127.0.0.1:1") -> PaySettings:
    return PaySettings(
        url=url,
        appid=APPID,
        mchid=MCHID,
        api_v3_key=API_V3_KEY,
        merchant_serial=MERCHANT_SERIAL,
        merchant_key_file=keys.file("merchant.pem"),
        public_key_id=PUBLIC_KEY_ID,
        public_key_file=keys.file("platform-public.pem"),
    )


def wechat_settings(keys: Keys, url: str) -> WechatSettings:
    pay = pay_settings(keys, url)
    return WechatSettings(url=url, appid=APPID, secret=SECRET, pay=pay, is_trade_managed=False)


@contextmanager
def running_simulator(keys: Keys, **environment: str) -> Iterator[RunningSimulator]:
    """The simulator as its own process on a free port, until the block ends."""
    process = subprocess.Popen(
        [sys.executable, "-m", "shop.vendors.wechat.simulator"],
        env=os.environ | simulator_environment(keys) | environment,
        cwd=Path(__file__).parent.parent,
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        url = _announced_url(process)
        yield RunningSimulator(url, process.pid, Remote(url), wechat_settings(keys, url))
    finally:
        process.terminate()
        process.wait(START_SECONDS)
        if process.stdout:
            process.stdout.close()


def simulator_environment(keys: Keys) -> dict[str, str]:
    return {
        "SIMULATOR_PORT": "0",
        "WECHAT_APPID": APPID,
        "WECHAT_SECRET": SECRET,
        "WECHAT_MCHID": MCHID,
        "WECHAT_API_V3_KEY": API_V3_KEY,
        "WECHAT_MERCHANT_SERIAL": MERCHANT_SERIAL,
        "SIMULATOR_MERCHANT_PUBLIC_KEY_FILE": str(keys.file("merchant-public.pem")),
        "SIMULATOR_PLATFORM_KEY_FILE": str(keys.file("platform.pem")),
        "WECHAT_PAY_PUBLIC_KEY_ID": PUBLIC_KEY_ID,
    }


def private_pem(key: rsa.RSAPrivateKey) -> bytes:
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


def public_pem(key: rsa.RSAPrivateKey) -> bytes:
    return key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)


def _rsa_key() -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


def _announced_url(process: subprocess.Popen[str]) -> str:
    assert process.stdout
    readable, _, _ = select([process.stdout], [], [], START_SECONDS)
    line = process.stdout.readline() if readable else ""
    assert line, "the simulator did not start"
    return line.split(" on ")[1].strip()
