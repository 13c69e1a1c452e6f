"""The carriers of the demo: how often they are chosen, how fast they are, how waybills look."""

from collections.abc import Callable
from dataclasses import dataclass
from random import Random

from orders.models import Parcel


def _digits(dice: Random, count: int) -> str:
    return "".join(dice.choices("0123456789", k=count))


def _ems(dice: Random) -> str:
    """UPU S10: two letters, eight digits, their check digit, the country."""
    serial = _digits(dice, 8)
    total = sum(int(digit) * weight for digit, weight in zip(serial, S10_WEIGHTS, strict=True))
    check = {10: 0, 11: 5}.get(11 - total % 11, 11 - total % 11)
    return f"E{dice.choice('ABVZ')}{serial}{check}CN"


S10_WEIGHTS = (8, 6, 4, 2, 3, 5, 9, 7)


@dataclass(frozen=True)
class CarrierHabits:
    """`share` of parcels, `days` until the consignee has one, and its `waybill` numbers."""

    code: str
    share: int
    days: tuple[int, ...]
    waybill: Callable[[Random], str]


CARRIERS = (
    CarrierHabits(Parcel.Carrier.SF, 30, (1, 1, 2), lambda dice: f"SF{_digits(dice, 13)}"),
    CarrierHabits(Parcel.Carrier.ZTO, 30, (2, 3, 4), lambda dice: f"78{_digits(dice, 12)}"),
    CarrierHabits(Parcel.Carrier.YTO, 18, (2, 3, 3, 4), lambda dice: f"YT{_digits(dice, 13)}"),
    CarrierHabits(Parcel.Carrier.JD, 15, (1, 2, 2), lambda dice: f"JDVA{_digits(dice, 11)}"),
    CarrierHabits(Parcel.Carrier.EMS, 7, (2, 3, 4), _ems),
)


def carrier(dice: Random) -> CarrierHabits:
    return dice.choices(CARRIERS, [habits.share for habits in CARRIERS])[0]
