"""The whole of 快递100: its desk, its pushes, its parcels on their way, and the control API."""

import time
from collections import Counter
from ipaddress import ip_address
from threading import Lock

from shop.vendors.carriers.simulator.configuration import Configuration
from shop.vendors.carriers.simulator.control import Control
from shop.vendors.carriers.simulator.desk import Desk
from shop.vendors.carriers.simulator.journeys import Journeys
from shop.vendors.carriers.simulator.parcels import Parcels
from shop.vendors.carriers.simulator.pushes import Pushes
from shop.vendors.wechat.simulator.world import Refused, Reply, Request, json_reply

SILENT_SECONDS = 60
PAGE = "<!DOCTYPE html><html><body><h1>系统维护中</h1></body></html>"


class Carriers:
    """Answers any request, with the faults that are switched on."""

    def __init__(self, configuration: Configuration) -> None:
        parcels = Parcels(configuration.state_file)
        self._desk = Desk(configuration, parcels)
        self._calls: Counter[str] = Counter()
        self._counting = Lock()
        pushes = Pushes(self._desk)
        self._control = Control(self._desk, parcels, pushes, self._calls)
        Journeys(parcels, pushes, configuration.pace)

    def answer(self, request: Request, client: str) -> Reply:
        """The answer to any request from this address."""
        try:
            if request.path.startswith("/simulator/"):
                if not ip_address(client).is_loopback:
                    raise Refused(403, "NO_AUTH", "the control API answers this machine only")
                return self._control.answer(request)
            return self._faulty(request)
        except Refused as refused:
            return json_reply(refused.status, {"code": refused.code, "message": refused.message})

    def _faulty(self, request: Request) -> Reply:
        with self._counting:
            self._calls[f"{request.method} {request.path}"] += 1
        faults = self._desk.faults
        time.sleep(SILENT_SECONDS if faults.silent else faults.slow_seconds)
        if faults.status:
            return Reply(faults.status)
        if faults.html:
            return Reply(200, PAGE.encode(), kind="text/html; charset=utf-8")
        reply = self._desk.answer(request)
        return Reply(502) if faults.lose_answers else reply
