"""The control API from Python, for tests and the demo: a person with a phone, and the faults."""

import json
from typing import Any
from urllib.error import HTTPError
from urllib.request import Request, urlopen


class Declined(Exception):
    """The simulator refused; `code` says why."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(f"{code}: {message}")
        self.code = code


class Remote:
    """The control API of the simulator at `url`."""

    def __init__(self, url: str) -> None:
        self._url = url

    def login_code(self, buyer: str, *, errcode: int = 0, unionid: str = "") -> tuple[str, str]:
        """A code of wx.login on the buyer's phone, and the buyer's openid."""
        content = {"buyer": buyer, "errcode": errcode, "unionid": unionid}
        answer = self._call("POST", "login-codes", content)
        return answer["code"], answer["openid"]

    def phone_code(self, phone: str, *, errcode: int = 0) -> str:
        """A code of the getPhoneNumber button."""
        return str(self._call("POST", "phone-codes", {"phone": phone, "errcode": errcode})["code"])

    def pay(self, buyer: str, parameters: dict[str, str]) -> dict[str, Any]:
        """Pay what wx.requestPayment was handed; the transaction, or Declined."""
        content = {"buyer": buyer, "parameters": parameters}
        return dict(self._call("POST", "payments", content))

    def transactions(self) -> list[dict[str, Any]]:
        """WeChat Pay's books, oldest first."""
        return list(self._call("GET", "transactions"))

    def end_refund(self, out_refund_no: str, state: str) -> None:
        """WeChat Pay ends a refund: SUCCESS, ABNORMAL or CLOSED."""
        self._call("POST", "refunds", {"out_refund_no": out_refund_no, "state": state})

    def deliveries(self) -> list[dict[str, Any]]:
        """Each attempt to deliver a notice, oldest first."""
        return list(self._call("GET", "deliveries"))

    def recall_notices(self) -> None:
        """None is tried again, and none is under way any more."""
        self._call("DELETE", "deliveries")

    def subscribe(self, buyer: str, template_id: str, times: int = 1) -> None:
        """The buyer taps 'allow' so many times; 0 takes everything back."""
        content = {"buyer": buyer, "template_id": template_id, "times": times}
        self._call("POST", "subscriptions", content)

    def messages(self) -> list[dict[str, Any]]:
        """Subscribe messages as users received them, oldest first."""
        return list(self._call("GET", "messages"))

    def group_messages(self) -> list[dict[str, Any]]:
        """What robots wrote into their groups, oldest first."""
        return list(self._call("GET", "group-messages"))

    def shippings(self) -> list[dict[str, Any]]:
        """What was told of each payment's shipping."""
        return list(self._call("GET", "shippings"))

    def confirm_receipt(self, transaction_id: str) -> dict[str, Any]:
        """The user confirms in WeChat; the body of what WeChat pushes of it."""
        return dict(self._call("POST", "receipts", {"transaction_id": transaction_id}))

    def calls(self) -> dict[str, int]:
        """How often each "METHOD /path" was called."""
        return dict(self._call("GET", "calls"))

    def set_faults(self, **faults: object) -> None:
        """Change some of `Faults`."""
        self._call("POST", "faults", faults)

    def clear_faults(self) -> None:
        """All faults off."""
        self._call("DELETE", "faults")

    def expire_token(self) -> None:
        """The access token in use is good no more."""
        self._call("POST", "expired-tokens")

    def _call(self, method: str, path: str, content: dict[str, Any] | None = None) -> Any:
        body = json.dumps(content or {}).encode()
        request = Request(f"{self._url}/simulator/{path}", data=body, method=method)  # noqa: S310
        try:
            with urlopen(request, timeout=10) as answer:  # noqa: S310
                return json.load(answer)
        except HTTPError as error:
            refusal = json.load(error)
            raise Declined(refusal["code"], refusal["message"]) from None
