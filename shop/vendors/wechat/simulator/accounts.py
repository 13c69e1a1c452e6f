"""WeChat 小程序: users, their one-time codes, and the access token of the mini-program."""

import secrets
import time
from base64 import b64encode, urlsafe_b64encode
from dataclasses import dataclass
from hashlib import sha256
from threading import Lock

CODE_SECONDS = 300
TOKEN_SECONDS = 7200
EARLY_SECONDS = 300


@dataclass(frozen=True)
class Grant:
    """What a code stands for. `errcode` not 0: WeChat will answer with that instead."""

    content: dict[str, object]
    errcode: int
    issued_at: float


class Accounts:
    """Everything a mini-program may ask about its users."""

    def __init__(self, appid: str) -> None:
        self._appid = appid
        self._lock = Lock()
        self._grants: dict[str, Grant] = {}
        self._used: set[str] = set()
        self._token = ""
        self._token_until = 0.0

    def openid(self, buyer: str) -> str:
        """A buyer's openid: always the same in one mini-program, another in the next."""
        digest = sha256(f"{self._appid}\n{buyer}".encode()).digest()
        return "o" + urlsafe_b64encode(digest).decode()[:27]

    def login_code(self, buyer: str, errcode: int, unionid: str) -> str:
        """wx.login on the buyer's phone."""
        session_key = b64encode(secrets.token_bytes(16)).decode()
        content: dict[str, object] = {"openid": self.openid(buyer), "session_key": session_key}
        return self._granted(content | ({"unionid": unionid} if unionid else {}), errcode)

    def phone_code(self, phone: str, errcode: int) -> str:
        """The buyer presses the getPhoneNumber button and agrees."""
        found = {
            "phoneNumber": phone,
            "purePhoneNumber": phone,
            "countryCode": "86",
            "watermark": {"timestamp": int(time.time()), "appid": self._appid},
        }
        return self._granted({"errcode": 0, "errmsg": "ok", "phone_info": found}, errcode)

    def redeem(self, code: str) -> dict[str, object]:
        """What the code stands for, once and within 5 minutes; else an errcode."""
        with self._lock:
            grant = self._grants.pop(code, None)
            if grant is None:
                return failure(40163 if code in self._used else 40029)
            self._used.add(code)
        if grant.errcode or time.time() - grant.issued_at > CODE_SECONDS:
            return failure(grant.errcode or 40029)
        return grant.content

    def stable_token(self, force_refresh: bool) -> dict[str, object]:
        """The one token, renewed in its last 5 minutes or by force."""
        with self._lock:
            left = self._token_until - time.time()
            if force_refresh or left < EARLY_SECONDS:
                self._token, left = secrets.token_urlsafe(96), float(TOKEN_SECONDS)
                self._token_until = time.time() + TOKEN_SECONDS
            return {"access_token": self._token, "expires_in": int(left)}

    def is_token(self, token: str) -> bool:
        """Whether this is the token of the moment."""
        with self._lock:
            return bool(token) and token == self._token and time.time() < self._token_until

    def expire_token(self) -> None:
        """The token is good no more, before its time."""
        with self._lock:
            self._token, self._token_until = "", 0.0

    def _granted(self, content: dict[str, object], errcode: int) -> str:
        code = "0" + secrets.token_hex(16)[1:]
        with self._lock:
            self._grants[code] = Grant(content, errcode, time.time())
        return code


def failure(errcode: int) -> dict[str, object]:
    """An error in the mini-program API's way: HTTP 200 with errcode and errmsg."""
    return {"errcode": errcode, "errmsg": f"error {errcode}, rid: {secrets.token_hex(8)}"}
