"""The carriers' own books: every waybill, its scans, and who wants to hear of it."""

import itertools
import json
import secrets
from dataclasses import asdict, dataclass, field
from datetime import datetime, timedelta, timezone
from pathlib import Path
from threading import RLock
from typing import Any

SHANGHAI = timezone(timedelta(hours=8))
PREFIXES = {
    "shunfeng": "SF1",
    "zhongtong": "781",
    "yuantong": "YT7",
    "ems": "EA1",
    "jd": "JDVA",
}
NAMES = {
    "1": "揽收",
    "0": "在途",
    "5": "派件",
    "501": "投柜或驿站",
    "3": "签收",
    "2": "疑难",
    "4": "退签",
    "6": "退回",
    "7": "转投",
    "14": "拒签",
}
ENDED = frozenset(("3", "4", "14"))


@dataclass
class Waybill:
    """One waybill. `scans`: {time, code, text, place}, in the order in which they were made."""

    company: str
    number: str
    order_id: str = ""
    order: str = ""
    callback: str = ""
    salt: str = ""
    to: str = ""
    followed_at: float = 0.0
    scans: list[dict[str, str]] = field(default_factory=list)

    @property
    def state(self) -> str:
        """The main state of its last scan, as the document counts them."""
        code = self.scans[-1]["code"] if self.scans else "0"
        return code if code in ("14",) else code[:1]

    @property
    def is_over(self) -> bool:
        return bool(self.scans) and self.scans[-1]["code"] in ENDED


class Parcels:
    """All waybills; kept in a file when there is one. Every method may be called by any thread."""

    def __init__(self, file: Path | None) -> None:
        self.lock = RLock()
        self._file = file
        self._waybills: dict[tuple[str, str], Waybill] = {}
        self._serials = itertools.count(secrets.randbelow(10**9))
        if file is not None and file.exists():
            for row in json.loads(file.read_text()):
                waybill = Waybill(**row)
                self._waybills[waybill.company, waybill.number] = waybill

    def found(self, company: str, number: str) -> Waybill | None:
        return self._waybills.get((company, number.upper()))

    def ordered(self, company: str, order_id: str) -> Waybill | None:
        """The waybill that was made for this order number."""
        with self.lock:
            known = (one for one in self._waybills.values() if one.company == company)
            return next((one for one in known if one.order_id == order_id), None)

    def made(self, company: str, order_id: str, order: str) -> Waybill:
        """A new waybill of the company's next number."""
        serial = f"{next(self._serials) % 10**11:011d}"
        return self.put(Waybill(company, PREFIXES[company] + serial, order_id, order))

    def known(self, company: str, number: str) -> Waybill:
        """A waybill; one made elsewhere is known from its first mention on."""
        return self.found(company, number) or self.put(Waybill(company, number.upper()))

    def put(self, waybill: Waybill) -> Waybill:
        with self.lock:
            self._waybills[waybill.company, waybill.number] = waybill
        self.keep()
        return waybill

    def remove(self, waybill: Waybill) -> None:
        with self.lock:
            self._waybills.pop((waybill.company, waybill.number), None)
        self.keep()

    def scan(self, waybill: Waybill, code: str, text: str, place: str, at: str = "") -> None:
        """The parcel was scanned, now or at `at` (Shanghai's wall time)."""
        time_ = at or datetime.now(SHANGHAI).strftime("%Y-%m-%d %H:%M:%S")
        with self.lock:
            scanned = {"time": time_, "code": code, "text": text, "place": place}
            waybill.scans.append(scanned)
        self.keep()

    def all(self) -> list[Waybill]:
        with self.lock:
            return list(self._waybills.values())

    def travelling(self) -> list[Waybill]:
        """Those that somebody follows and that have not arrived."""
        return [one for one in self.all() if one.callback and not one.is_over]

    def keep(self) -> None:
        """To the file, whole or not at all."""
        if self._file is None:
            return
        with self.lock:
            unfinished = self._file.with_name(f"{self._file.name}.unfinished")
            unfinished.write_text(json.dumps([asdict(one) for one in self._waybills.values()]))
            unfinished.replace(self._file)


def told(waybill: Waybill, *, backwards: bool = False) -> dict[str, Any]:
    """The track as 实时快递查询 answers it, and 推送 calls it lastResult: the newest first."""
    scans = waybill.scans if backwards else list(reversed(waybill.scans))
    return {
        "message": "ok",
        "nu": waybill.number,
        "ischeck": "1" if waybill.state == "3" else "0",
        "com": waybill.company,
        "status": "200",
        "state": waybill.state,
        "condition": "00",
        "data": [
            {
                "time": scan["time"],
                "ftime": scan["time"],
                "context": scan["text"],
                "areaName": scan["place"],
                "status": NAMES.get(scan["code"], ""),
                "statusCode": scan["code"],
            }
            for scan in scans
        ],
    }
