"""What identity announces."""

from dataclasses import dataclass

from django.utils.translation import gettext_lazy as _

from shop.events.outbox import Event


@dataclass(frozen=True)
class CustomerJoined(Event):
    """Somebody signed in by WeChat for the first time."""

    stream_kind = "customer"
    label = _("joined")
    customer_id: int


@dataclass(frozen=True)
class StaffUserAppointed(Event):
    """A member of staff got an account and a post (ST1)."""

    stream_kind = "user"
    label = _("appointed")
    user_id: int
    role: str


@dataclass(frozen=True)
class SecondFactorReset(Event):
    """Somebody's device was taken off their account; `why` is a code of `ResetReason`."""

    stream_kind = "user"
    label = _("second factor reset")
    user_id: int
    why: str


@dataclass(frozen=True)
class DeviceEnrolled(Event):
    """A member of staff proved their second factor: it is asked for from now on."""

    stream_kind = "user"
    label = _("enrolled a device")
    user_id: int
