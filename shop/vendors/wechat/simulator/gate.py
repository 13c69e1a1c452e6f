"""WeChat Pay v3, 签名验证: is a request really the merchant's, fresh, and not a copy?"""

import re
import time
from threading import Lock

from shop.vendors.wechat.simulator.configuration import Configuration
from shop.vendors.wechat.simulator.crypto import is_signed_by
from shop.vendors.wechat.simulator.world import Refused, Request

FRESH_SECONDS = 300
_FIELD = re.compile(r'(\w+)="([^"]*)"')
_FIELDS = {"mchid", "nonce_str", "signature", "timestamp", "serial_no"}


class Gate:
    """Lets the merchant's requests pass, each once."""

    def __init__(self, configuration: Configuration) -> None:
        self._configuration = configuration
        self._lock = Lock()
        self._nonces: dict[str, float] = {}

    def check(self, request: Request) -> None:
        """Refused with SIGN_ERROR (401) or PARAM_ERROR (400), and a message saying why."""
        if not request.headers.get("user-agent") or "accept" not in request.headers:
            raise Refused(400, "PARAM_ERROR", "缺少User-Agent或Accept头")
        signed = self._authorization(request)
        timestamp = signed["timestamp"]
        if not timestamp.isdigit() or abs(time.time() - int(timestamp)) > FRESH_SECONDS:
            raise Refused(401, "SIGN_ERROR", "Authorization中的timestamp与当前时间相差超过5分钟")
        start = f"{request.method}\n{request.target}\n{timestamp}\n{signed['nonce_str']}\n"
        text = start.encode() + request.body + b"\n"
        if not is_signed_by(self._configuration.merchant_key, text, signed["signature"]):
            raise Refused(401, "SIGN_ERROR", "签名错误")
        self._use_once(signed["nonce_str"])

    def _authorization(self, request: Request) -> dict[str, str]:
        scheme, _, rest = request.headers.get("authorization", "").partition(" ")
        signed = dict(_FIELD.findall(rest))
        if scheme != "WECHATPAY2-SHA256-RSA2048" or set(signed) != _FIELDS:
            raise Refused(401, "SIGN_ERROR", "Authorization不合法")
        expected = (self._configuration.mchid, self._configuration.merchant_serial)
        if (signed["mchid"], signed["serial_no"]) != expected:
            raise Refused(401, "SIGN_ERROR", "商户号或商户证书序列号有误")
        return signed

    def _use_once(self, nonce: str) -> None:
        with self._lock:
            stale = time.time() - 2 * FRESH_SECONDS
            while self._nonces and self._nonces[oldest := next(iter(self._nonces))] < stale:
                del self._nonces[oldest]
            if nonce in self._nonces:
                raise Refused(401, "SIGN_ERROR", "nonce_str重复")
            self._nonces[nonce] = time.time()
