"""Grants are facts of identity; the trail adds where they were made from, together with them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.utils.translation import gettext_noop

from shop.events.outbox import witnesses
from shop.identity.events import DeviceEnrolled, SecondFactorReset, StaffUserAppointed
from shop.records.models import AuditEntry
from shop.records.trail import record

if TYPE_CHECKING:
    from shop.identity.actors import Actor

GRANT = AuditEntry.Kind.GRANT


@witnesses(StaffUserAppointed)
def see_appointment(event: StaffUserAppointed, by: Actor) -> None:
    record(GRANT, event.stream, gettext_noop("given an account and a post"), by=by)


@witnesses(DeviceEnrolled)
def see_enrolment(event: DeviceEnrolled, by: Actor) -> None:
    record(GRANT, event.stream, gettext_noop("enrolled a device as second factor"), by=by)


@witnesses(SecondFactorReset)
def see_reset(event: SecondFactorReset, by: Actor) -> None:
    record(GRANT, event.stream, gettext_noop("second factor taken off the account"), by=by)
