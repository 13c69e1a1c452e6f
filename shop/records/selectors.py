"""Reads over records."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from django.db.models import QuerySet

from shop.clock import now
from shop.events.models import EventLog
from shop.events.outbox import kind_of
from shop.identity.models import Customer, User
from shop.records import in_force, storage
from shop.records.errors import PolicyOutdated
from shop.records.events import HeadAnchored
from shop.records.models import (
    Batch,
    PolicyAcceptance,
    PolicyReading,
    PolicyVersion,
    StoredFile,
    Verification,
)
from shop.records.rules import MARGIN, first_id_of, instant_of
from shop.records.sealer import LAST, ZERO, find


@dataclass(frozen=True)
class ChainState:
    """How far the chain reaches, and when it was last looked over. None: never yet."""

    rows: int
    sealed_at: datetime | None
    waiting_since: datetime | None
    verification: Verification | None
    anchored_at: datetime | None


def chain_state() -> ChainState:
    """For the page of the audit trail: four small queries."""
    last = Batch.objects.order_by("-number").first()
    anchored = EventLog.objects.filter(kind=kind_of(HeadAnchored)).order_by("-id").first()
    return ChainState(
        rows=last.last_seq if last else 0,
        sealed_at=last.sealed_at if last else None,
        waiting_since=_waiting_since(last),
        verification=Verification.objects.order_by("-pk").first(),
        anchored_at=anchored.at if anchored else None,
    )


def _waiting_since(last: Batch | None) -> datetime | None:
    """When the first row that has no seal yet was written."""
    low = first_id_of(last.sealed_at - MARGIN) if last else ZERO
    waiting = find(low, LAST, most=1)
    return instant_of(waiting[0].row) if waiting else None


def agreed_policies(customer: Customer, said: Mapping[str, int] | None) -> dict[str, int]:
    """The versions that an order is placed under: all in force, and agreed to by the customer.

    `said` (code → number) is what the customer agrees to with the order, no query is needed then;
    without it what they accepted before counts. Raises PolicyOutdated.
    """
    wanted = in_force.policies_in_force()
    if wanted and said is None:
        said = accepted_by(customer)
    if wrong := in_force.outdated(said or {}, wanted):
        raise PolicyOutdated(wrong)
    return wanted


def accepted_by(customer: Customer) -> dict[str, int]:
    """Code → the newest version this customer accepted."""
    accepted = PolicyAcceptance.objects.filter(customer=customer).order_by("version__number")
    return dict(accepted.values_list("version__policy__code", "version__number"))


def to_read(user: User) -> list[PolicyVersion]:
    """What this member of staff has not confirmed yet, the oldest first."""
    unread = PolicyVersion.objects.in_force(now()).unread_by(user).select_related("policy")
    return [one for one in unread.order_by("effective_at") if one.policy.is_for(user)]


def readings_of(user: User) -> QuerySet[PolicyReading]:
    """What they have confirmed, the newest first."""
    return (
        PolicyReading.objects.filter(user=user)
        .select_related("version__policy")
        .order_by("-read_at")
    )


def not_read_by(version: PolicyVersion) -> list[User]:
    """The members of staff it is for who have not confirmed it."""
    have_read = version.readings.values("user_id")
    staff = User.objects.filter(is_active=True, is_staff=True).exclude(pk__in=have_read)
    waiting = staff.prefetch_related("groups").order_by("username")
    return [user for user in waiting if version.policy.is_for(user)]


def standing(version: PolicyVersion, at: datetime) -> str:
    """`draft`, `announced`, `in_force` or `superseded` at that instant."""
    if version.effective_at is None:
        return "draft"
    if version.effective_at > at:
        return "announced"
    newest = PolicyVersion.objects.in_force(at).filter(policy=version.policy_id).first()
    return "in_force" if newest == version else "superseded"


def stray_contents() -> list[str]:
    """Contents in the storage that belong to no file, and are too old to be of one being kept."""
    needed = set(StoredFile.objects.kept().values_list("key", flat=True))
    return [key for key in storage.all_keys() if key not in needed and storage.is_old(key)]
