"""Conflict of duties: what nobody may do to the same thing with one pair of hands.

One table, as the roles are. Who did the one is found in the log of facts, and refused the other
when it is decided; a post may carry both permissions, a person may not use both on one subject.
Internal control: 企业内部控制应用指引第 6、9 号; house rules C6.1.2, A4.1a, D8.1.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _


@dataclass(frozen=True)
class Trace:
    """What a used permission leaves behind: a kind of fact, with its user and its subject.

    `subject` names the figure of the fact that holds the subject (`order:12`); without it the
    fact's own stream is the subject. `like` are further figures that it must have.
    """

    fact: str
    subject: str = ""
    like: Mapping[str, str] = field(default_factory=dict, hash=False)


@dataclass(frozen=True)
class Conflict:
    """Whoever did `done`, which left `trace`, may not `decide` about the same subject."""

    done: str
    trace: Trace
    decide: str
    why: str | Promise


ANY_APPROVAL = "work.approve"
"""Deciding, whatever it is about."""

CONFLICTS: tuple[Conflict, ...] = (
    Conflict(
        "work.request_approval",
        Trace("work.ApprovalRequested"),
        ANY_APPROVAL,
        _("Who asks does not decide."),
    ),
    Conflict(
        "orders.open_case",
        Trace("orders.CaseOpened"),
        "orders.approve_refund",
        _("Who asks for a customer does not approve the refund."),
    ),
    Conflict(
        "work.close_item",
        Trace("work.WorkItemClosed", "subject", {"kind": "payment_dispute"}),
        "orders.approve_refund",
        _("Who judged the disputed payment does not approve its refund."),
    ),
)


def conflicts_with(decide: str) -> Iterator[Conflict]:
    """What must not have been done by whoever decides by this permission now."""
    return (conflict for conflict in CONFLICTS if conflict.decide in (decide, ANY_APPROVAL))
