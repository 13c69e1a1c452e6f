"""What the simulator's desks share, and how they are asked and answer."""

import json
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from threading import Lock
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from shop.vendors.wechat.simulator.books import Books
from shop.vendors.wechat.simulator.configuration import Configuration
from shop.vendors.wechat.simulator.faults import Faults


@dataclass
class World:
    """One WeChat: whom it serves, its books, its faults, and how often each path was called."""

    configuration: Configuration
    books: Books
    faults: Faults = field(default_factory=Faults)
    calls: Counter[str] = field(default_factory=Counter)
    _counting: Lock = field(default_factory=Lock)

    def count(self, call: str) -> None:
        """One call more."""
        with self._counting:
            self.calls[call] += 1

    @property
    def serial(self) -> str:
        """The serial WeChat Pay now claims to sign with."""
        return self.faults.serial or self.configuration.platform_serial


class Refused(Exception):
    """A request refused in Pay's way: HTTP status, code, message."""

    def __init__(self, status: int, code: str, message: str) -> None:
        super().__init__(code)
        self.status = status
        self.code = code
        self.message = message


@dataclass(frozen=True)
class Request:
    """An HTTP request; `target` is path and query exactly as sent, for that is what is signed.

    Header names are in small letters.
    """

    method: str
    target: str
    headers: Mapping[str, str]
    body: bytes

    @property
    def path(self) -> str:
        """The path, still percent-encoded."""
        return urlsplit(self.target).path

    @property
    def query(self) -> dict[str, str]:
        """The query's parameters."""
        return dict(parse_qsl(urlsplit(self.target).query))

    def json(self) -> dict[str, Any]:
        """The body as a JSON object, or PARAM_ERROR."""
        try:
            content = json.loads(self.body or b"{}")
        except ValueError:
            content = None
        if not isinstance(content, dict):
            raise Refused(400, "PARAM_ERROR", "请求体不是JSON对象")
        return content


@dataclass(frozen=True)
class Reply:
    """An HTTP answer."""

    status: int
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)
    kind: str = "application/json; charset=utf-8"


def json_reply(status: int, content: object) -> Reply:
    """The content as JSON."""
    return Reply(status, json.dumps(content, ensure_ascii=False).encode())
