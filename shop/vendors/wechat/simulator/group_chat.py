"""WeCom 群机器人: what its webhook takes, and how much of it in a minute."""

import re
import time
from collections import defaultdict, deque
from threading import Lock
from typing import Any

from shop.vendors.wechat.simulator.accounts import failure

MOST_A_MINUTE = 20
MOST_BYTES = 4096
_KEY = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")


class GroupChat:
    """The groups by their robots' keys; any key of the right form has its group."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._minute: dict[str, deque[float]] = defaultdict(deque)
        self._written: list[dict[str, Any]] = []

    def write(self, key: str, content: dict[str, Any]) -> dict[str, Any]:
        """WeCom's answer: 93000 no such robot, 40008 kind, 40058 length, 45009 too often."""
        if not _KEY.fullmatch(key):
            return failure(93000)
        if content.get("msgtype") != "markdown":
            return failure(40008)
        markdown = content.get("markdown")
        text = markdown.get("content") if isinstance(markdown, dict) else None
        if not isinstance(text, str) or not 0 < len(text.encode()) <= MOST_BYTES:
            return failure(40058)
        with self._lock:
            if not self._has_room(key):
                return failure(45009)
            self._written.append({"key": key, "content": text, "at": time.time()})
        return {"errcode": 0, "errmsg": "ok"}

    def written(self) -> list[dict[str, Any]]:
        """What the groups read, oldest first."""
        with self._lock:
            return list(self._written)

    def _has_room(self, key: str) -> bool:
        minute, now = self._minute[key], time.time()
        while minute and minute[0] <= now - 60:
            minute.popleft()
        if len(minute) >= MOST_A_MINUTE:
            return False
        minute.append(now)
        return True
