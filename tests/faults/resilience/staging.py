"""How a cell is staged: the table's cells as parameters, and who stands before a vendor."""

from collections.abc import Callable
from dataclasses import replace

import pytest
from django.test import Client

from shop.doors.resilience import TABLE, Answer, Dependency, Fault, Outcome
from shop.work.models import WorkItem
from tests.faults.resilience.sick import Sick

HERE = "faults/resilience/"


def each_cell(dependency: Dependency, test: str = "") -> pytest.MarkDecorator:
    """Every (fault, outcome) of it that is staged here (by this test), as parameters."""
    staged = [
        pytest.param(fault, entry, id=fault.name.lower())
        for entry in TABLE
        if isinstance(entry, Outcome) and entry.dependency is dependency
        if entry.shown_by.startswith(HERE) and entry.shown_by.endswith(test)
        for fault in entry.faults
    ]
    return pytest.mark.parametrize(("fault", "outcome"), staged)


def heard(answer) -> Answer:
    """What the caller was told, as the table writes it; of a success its status alone."""
    if answer.status_code < 300:
        return Answer(200)
    said = answer.json()
    if "message" in said:
        return Answer(answer.status_code, sentence=said["message"])
    return Answer(answer.status_code, said["code"], said["title"])


def work() -> str:
    """The kinds of what people have to see to."""
    return " ".join(WorkItem.objects.open().values_list("kind", flat=True).order_by("pk"))


class Stage:
    """A vendor behind its gateway. `lead` makes the shop's settings lead to an address, `wrong_key`
    makes them hold a key that the vendor refuses."""

    def __init__(self, sick: Sick, lead: Callable[[str], None], wrong_key: Callable[[], None]):
        self.sick, self._lead, self._wrong_key = sick, lead, wrong_key

    def fall_ill(self, fault: Fault, path: str = "") -> None:
        """In what is asked at this path, or in everything."""
        if fault is not Fault.KEY:
            self.sick.ails(fault, path)
        self._lead(self.sick.url)
        if fault is Fault.KEY:
            self._wrong_key()

    def was_met(self, fault: Fault) -> bool:
        """Whether anybody came upon the fault; of these two no gateway hears."""
        return fault in (Fault.REFUSES, Fault.KEY) or self.sick.met > 0

    def heal(self) -> None:
        self.sick.heal()
        self._lead(self.sick.url)


def lead_wechat(settings, simulator) -> Callable[[str], None]:
    def lead(url: str) -> None:
        known = simulator.settings
        settings.WECHAT = replace(known, url=url, pay=replace(known.pay, url=url))

    return lead


def device(token: str) -> Client:
    return Client(headers={"Authorization": f"Bearer {token}"})
