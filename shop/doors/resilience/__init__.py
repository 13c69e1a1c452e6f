"""What people see when something that the shop leans on fails, and what then happens by itself.

`vendors` and `house` are the table; docs/maps/resilience.md is drawn from it, and the tests of
tests/faults/resilience are made from it, a case per cell.
"""

from shop.doors.resilience.cells import Answer, Cannot, Dependency, Fault, Outcome
from shop.doors.resilience.house import OF_THE_HOUSE
from shop.doors.resilience.vendors import OF_THE_VENDORS

TABLE: tuple[Outcome | Cannot, ...] = (*OF_THE_HOUSE, *OF_THE_VENDORS)

__all__ = ["TABLE", "Answer", "Cannot", "Dependency", "Fault", "Outcome", "cells"]


def cells() -> dict[tuple[Dependency, Fault], Outcome | Cannot]:
    """Every cell once. Raises ValueError for one that is missing or there twice."""
    found: dict[tuple[Dependency, Fault], Outcome | Cannot] = {}
    for entry in TABLE:
        for fault in entry.faults:
            if (entry.dependency, fault) in found:
                raise ValueError(f"{entry.dependency} × {fault} is there twice")
            found[entry.dependency, fault] = entry
    if missing := {(one, fault) for one in Dependency for fault in Fault} - found.keys():
        raise ValueError(f"missing: {sorted(missing)}")
    return found
