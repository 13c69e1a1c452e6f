"""The control API from Python, for tests and the demo: a scanner in a courier's hand."""

import json
from typing import Any
from urllib.request import Request, urlopen


class Remote:
    """The control API of the simulator at `url`."""

    def __init__(self, url: str) -> None:
        self._url = url

    def scan(self, company: str, waybill: str, code: str, text: str = "", **more: object) -> None:
        """One scan, told to whoever follows; `place`, `at` (Shanghai's wall time), `quiet`."""
        content = {"company": company, "waybill": waybill, "code": code, "text": text, **more}
        self._call("POST", "scans", content)

    def push(self, company: str, waybill: str) -> None:
        """The whole track is pushed again."""
        self._call("POST", "pushes", {"company": company, "waybill": waybill})

    def waybills(self) -> list[dict[str, Any]]:
        return list(self._call("GET", "waybills"))

    def pushes(self) -> list[dict[str, Any]]:
        """Each attempt to push, oldest first."""
        return list(self._call("GET", "pushes"))

    def calls(self) -> dict[str, int]:
        """How often each "METHOD /path" was called."""
        return dict(self._call("GET", "calls"))

    def set_faults(self, **faults: object) -> None:
        """Change some of `Faults`."""
        self._call("POST", "faults", faults)

    def clear_faults(self) -> None:
        self._call("DELETE", "faults")

    def forget(self) -> None:
        """All waybills."""
        self._call("DELETE", "waybills")

    def _call(self, method: str, path: str, content: dict[str, Any] | None = None) -> Any:
        body = json.dumps(content or {}).encode()
        request = Request(f"{self._url}/simulator/{path}", data=body, method=method)  # noqa: S310
        with urlopen(request, timeout=10) as answer:  # noqa: S310
            return json.load(answer)
