"""The control API: the carriers' scanners, and ours on their switches. JSON, loopback only.

| request | what it does |
| --- | --- |
| `GET /simulator/` | `{"ready": true}` |
| `POST /simulator/scans` `{company, waybill, code, text?, place?, at?, quiet?}` | one scan; told |
| `POST /simulator/pushes` `{company, waybill}` | the whole track is pushed again |
| `GET /simulator/waybills` | all waybills with their scans |
| `GET /simulator/pushes` | each attempt to push, oldest first |
| `GET /simulator/calls` | how often each path was called |
| `GET`, `POST`, `DELETE /simulator/faults` | see, change some, clear all (`Faults`) |
| `DELETE /simulator/waybills` | forget everything |

An error is 4xx `{code, message}`.
"""

from collections import Counter
from collections.abc import Callable
from dataclasses import asdict
from typing import Any

from shop.vendors.carriers.simulator.desk import Desk
from shop.vendors.carriers.simulator.faults import Faults
from shop.vendors.carriers.simulator.parcels import Parcels, Waybill
from shop.vendors.carriers.simulator.pushes import Pushes
from shop.vendors.wechat.simulator.world import Refused, Reply, Request, json_reply


class Control:
    """Answers what stands under /simulator/."""

    def __init__(self, desk: Desk, parcels: Parcels, pushes: Pushes, calls: Counter[str]) -> None:
        self._desk, self._parcels, self._pushes = desk, parcels, pushes
        self._routes: dict[str, Callable[[dict[str, Any]], object]] = {
            "GET /simulator/": lambda _: {"ready": True},
            "POST /simulator/scans": self._scan,
            "POST /simulator/pushes": self._push,
            "GET /simulator/waybills": lambda _: [asdict(one) for one in parcels.all()],
            "DELETE /simulator/waybills": self._forget,
            "GET /simulator/pushes": lambda _: pushes.sent(),
            "GET /simulator/calls": lambda _: dict(calls),
            "GET /simulator/faults": lambda _: asdict(desk.faults),
            "POST /simulator/faults": self._change_faults,
            "DELETE /simulator/faults": self._clear_faults,
        }

    def answer(self, request: Request) -> Reply:
        """The answer, or Refused."""
        route = self._routes.get(f"{request.method} {request.path}")
        if route is None:
            raise Refused(404, "NOT_FOUND", "no such path")
        return json_reply(200, route(request.json()))

    def _waybill(self, content: dict[str, Any]) -> Waybill:
        company, number = content.get("company"), content.get("waybill")
        if not (isinstance(company, str) and isinstance(number, str) and number):
            raise Refused(400, "PARAM_ERROR", "company and waybill are texts")
        return self._parcels.known(company, number)

    def _scan(self, content: dict[str, Any]) -> dict[str, object]:
        waybill = self._waybill(content)
        code, text = str(content["code"]), str(content.get("text") or "快件已扫描")
        place, at = str(content.get("place", "")), str(content.get("at", ""))
        self._parcels.scan(waybill, code, text, place, at)
        if not content.get("quiet"):
            self._pushes.tell(waybill)
        return asdict(waybill)

    def _push(self, content: dict[str, Any]) -> dict[str, object]:
        self._pushes.tell(self._waybill(content))
        return {}

    def _forget(self, _: dict[str, Any]) -> dict[str, object]:
        for waybill in self._parcels.all():
            self._parcels.remove(waybill)
        return {}

    def _change_faults(self, content: dict[str, Any]) -> dict[str, object]:
        try:
            self._desk.faults = self._desk.faults.changed(content)
        except ValueError as error:
            raise Refused(400, "PARAM_ERROR", str(error)) from None
        return asdict(self._desk.faults)

    def _clear_faults(self, _: dict[str, Any]) -> dict[str, object]:
        self._desk.faults = Faults()
        return asdict(self._desk.faults)
