"""What the caller's environment says, and the variables the programs get.

Whatever the caller says wins. Without DATABASE_URL we start a PostgreSQL and simulate WeChat. With
it this is a real system on one machine: nothing is seeded or simulated, and its secrets are given.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from start.errors import WrongEnvironment
from start.keys import Keys, kept_keys
from start.ports import LOOPBACK, kept_port
from start.servers import Postgres, Server, Valkey

PORT = 8765
SECRETS = ("SECRET_KEY", "FIELD_KEYS", "BLIND_INDEX_KEY")
YES = {"1", "true", "yes"}
# What a console would show; the simulator takes any id and any robot's key of the right form.
TEMPLATES = (
    *("order_paid", "order_shipped", "order_cancelled", "payment_ending"),
    *("order_refunded", "case_refused"),
    *("parcel_delivering", "parcel_signed", "parcel_trouble", "lot_recalled"),
    *("copy_ready", "erasure_begun"),
)
SENDER = {
    "SENDER_NAME": "颐禾堂威海仓",
    "SENDER_PHONE": "0631-5200188",
    "SENDER_ADDRESS": "山东省威海市环翠区世昌大道 101 号",
}
CARRIERS = ("SF", "ZTO", "YTO", "EMS", "JD")
ROBOT_KEY = "693a91f6-7ae7-4bc4-97a0-0ec2f1fa5aaa"


@dataclass(frozen=True)
class Surroundings:
    """The caller's environment, and the folder in which everything is kept."""

    said: Mapping[str, str]
    var: Path

    def check(self) -> None:
        """Raises WrongEnvironment where two variables contradict each other."""
        if self.has_own_database:
            return
        if self.said.get("DEMO", "").lower() in YES:
            raise WrongEnvironment(
                "DEMO is on, and DATABASE_URL names a database that is not the demo's own.",
                advice="The demo prints passwords and simulates payments: unset one of the two.",
            )
        if missing := [name for name in SECRETS if not self._is_said(name)]:
            raise WrongEnvironment(
                f"DATABASE_URL is set, but not {', '.join(missing)}.",
                advice="Whoever brings a database brings its secrets too; see .env.example.",
            )

    @property
    def has_own_database(self) -> bool:
        return not self._is_said("DATABASE_URL")

    @property
    def is_demo(self) -> bool:
        return self.has_own_database and self.said.get("DEMO", "1").lower() in YES

    @property
    def simulates_wechat(self) -> bool:
        return self.has_own_database and not self._is_said("WECHAT_API_URL", "WECHAT_PAY_URL")

    @property
    def catches_mail(self) -> bool:
        return not self._is_said("EMAIL_URL")

    @property
    def port(self) -> int:
        port = self.said.get("PORT", str(PORT))
        if not port.isdecimal() or not 0 < int(port) < 65_536:
            raise WrongEnvironment(f"PORT is {port!r}.", advice="It wants a number up to 65535.")
        return int(port)

    @property
    def address(self) -> str:
        return self.said.get("PUBLIC_URL", f"http://{LOOPBACK}:{self.port}").rstrip("/")

    @cached_property
    def mail_port(self) -> int:
        return kept_port(self.folder("ports") / "mail")

    @cached_property
    def simulator_port(self) -> int:
        return kept_port(self.folder("ports") / "simulator")

    @cached_property
    def carriers_port(self) -> int:
        return kept_port(self.folder("ports") / "carriers")

    @property
    def simulates_carriers(self) -> bool:
        return self.has_own_database and not self._is_said("KUAIDI100_URL", "KUAIDI100_LABEL_URL")

    @cached_property
    def keys(self) -> Keys:
        return kept_keys(self.var / "keys")

    @cached_property
    def servers(self) -> dict[str, Server]:
        """Those the environment does not name, settled: their addresses are known."""
        servers: dict[str, Server] = {}
        if not self._is_said("BROKER_URL", "CACHE_URL"):
            servers["valkey"] = Valkey(self.var / "valkey")
        if self.has_own_database:
            servers["postgres"] = Postgres(self.var / "postgres")
        for server in servers.values():
            server.settle()
        return servers

    def folder(self, name: str) -> Path:
        (folder := self.var / name).mkdir(parents=True, exist_ok=True)
        return folder

    def environment(self) -> dict[str, str]:
        """All variables of every program."""
        ours = {
            "VAR": str(self.var),
            "PORT": str(self.port),
            "PUBLIC_URL": self.address,
            "DEMO": "1" if self.is_demo else "0",
            "PYTHONUNBUFFERED": "1",
            "PYTHONUTF8": "1",
            **self._addresses_of_servers(),
            **self._vendors(),
            **self._carriers(),
        }
        return ours | dict(self.said)

    def _addresses_of_servers(self) -> dict[str, str]:
        addresses = {}
        if isinstance(postgres := self.servers.get("postgres"), Postgres):
            addresses["DATABASE_URL"] = postgres.url
        if isinstance(valkey := self.servers.get("valkey"), Valkey):
            addresses["BROKER_URL"] = valkey.dsn(Valkey.BROKER)
            addresses["CACHE_URL"] = valkey.dsn(Valkey.CACHE)
        return addresses

    def _vendors(self) -> dict[str, str]:
        vendors: dict[str, str] = {}
        if self.has_own_database:
            vendors |= self.keys.environment()
        if self.catches_mail:
            vendors["EMAIL_URL"] = f"smtp://{LOOPBACK}:{self.mail_port}"
        if self.simulates_wechat:
            vendors["WECHAT_API_URL"] = f"http://{LOOPBACK}:{self.simulator_port}"
            vendors["WECHAT_PAY_URL"] = f"http://{LOOPBACK}:{self.simulator_port}"
            vendors["WECHAT_TEMPLATES"] = ",".join(f"{one}={one:-<43}" for one in TEMPLATES)
            robot = f"http://{LOOPBACK}:{self.simulator_port}/cgi-bin/webhook/send"
            vendors["WECOM_ROBOT_URL"] = f"{robot}?key={ROBOT_KEY}"
        return vendors

    def _carriers(self) -> dict[str, str]:
        if not self.simulates_carriers:
            return {}
        url = f"http://{LOOPBACK}:{self.carriers_port}"
        accounts = ",".join(f"{code}=KD{number:06d}" for number, code in enumerate(CARRIERS, 1))
        return {
            "KUAIDI100_URL": url,
            "KUAIDI100_LABEL_URL": url,
            "KUAIDI100_ACCOUNTS": accounts,
            **SENDER,
        }

    def _is_said(self, *names: str) -> bool:
        """By itself or as NAME_FILE, the way the shop reads secrets."""
        return all(self.said.get(name) or self.said.get(f"{name}_FILE") for name in names)
