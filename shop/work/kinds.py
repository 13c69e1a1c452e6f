"""The kinds of work and of approvals, declared in code by whoever opens or asks for them:
`KIND = work_kind(WorkKind(…))`, `KIND = approval_kind("orders.refund", …)`.

The kernel's own are below the registry: what the machine cannot mend by itself.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from shop.errors import Text
from shop.identity.roles import ROLES

Figures = Mapping[str, Any]
"""What an item's title is made of: ids and figures, no personal data."""

CAUSE_GONE = "cause_gone"
"""The outcome of what settled itself; no person chooses it."""

PAUSES: dict[str, Text] = {
    "customer": _("waits for the customer"),
    "carrier": _("waits for the carrier"),
    "supplier": _("waits for the supplier"),
    "provider": _("waits for the payment provider"),
}
"""Whom outside the house a clock may wait for; never for a colleague."""


@dataclass(frozen=True)
class Reason:
    """Why an item of a kind is opened.

    `holds` names the actions that wait until it is closed, `advice` says what to do first, and
    `role` is the post it goes to when that is not the kind's own.
    """

    label: Text
    advice: Text = ""
    holds: frozenset[str] = frozenset()
    role: str = ""


@dataclass(frozen=True)
class WorkKind:
    """A kind of to-do or case. `target` is in working time; None: no clock runs on it.

    `subjects` names the models behind its subjects' streams (`order` → `orders.Order`), `title`
    makes one line of an item's figures, `outcomes` are the ways in which a person may end it.
    """

    code: str
    label: Text
    article: str
    role: str
    subjects: Mapping[str, str]
    target: timedelta | None
    outcomes: Mapping[str, Text]
    title: Callable[[Figures], Text]
    reasons: Mapping[str, Reason] = field(default_factory=dict)
    may_pause: bool = False
    is_urgent: bool = False

    @property
    def promise(self) -> str:
        """The kind of its clocks."""
        return f"work.{self.code}"

    def reason(self, code: str) -> Reason:
        """What is declared for the reason; raises KeyError for one that is not."""
        return self.reasons[code] if self.reasons else Reason(self.label)

    def role_for(self, reason: str) -> str:
        return self.reason(reason).role or self.role


KINDS: dict[str, WorkKind] = {}


def work_kind(kind: WorkKind) -> WorkKind:
    """Register a kind. Two of one code are a mistake."""
    if kind.code in KINDS:
        raise ValueError(f"a kind of work is called {kind.code} already")
    KINDS[kind.code] = kind
    return kind


@dataclass(frozen=True)
class ApprovalKind:
    """What needs a second person's yes.

    Whoever's post holds the permission `decide` may give it, never who asked. It should be decided
    within `working_time`, and can be decided and used until `expires` after it was asked for.
    `fields` are the payload's keys in words; `about` says which of them are ids of what
    (`{"order_id": "order"}`): conflicting duties are looked for there too. `title` makes one line
    of the payload's ids and figures.
    """

    code: str
    label: Text
    article: str
    decide: str
    working_time: timedelta
    expires: timedelta
    fields: Mapping[str, Text]
    about: Mapping[str, str]
    title: Callable[[Figures], Text] | None

    @property
    def posts(self) -> list[str]:
        """The posts that may decide, the nearest to the work first."""
        return [role.code for role in reversed(ROLES) if self.decide in role.permissions]

    @property
    def work(self) -> WorkKind:
        """The to-do that an asked approval is."""
        return KINDS[f"approve {self.code}"]

    def subjects(self, subject: str, payload: Mapping[str, Any]) -> list[str]:
        """Everything that a decision would be about, as streams."""
        named = (f"{kind}:{payload[key]}" for key, kind in self.about.items() if key in payload)
        return [subject, *named]


APPROVALS: dict[str, ApprovalKind] = {}


def approval_kind(
    code: str,
    *,
    label: Text,
    article: str,
    decide: str,
    working_time: timedelta = timedelta(hours=4),
    expires: timedelta = timedelta(days=7),
    fields: Mapping[str, Text] | None = None,
    about: Mapping[str, str] | None = None,
    title: Callable[[Figures], Text] | None = None,
) -> ApprovalKind:
    """Register a kind of approval, and the kind of work that deciding it is.

    Two of one code, and a right that no post holds, are mistakes.
    """
    kind = ApprovalKind(
        code, label, article, decide, working_time, expires, fields or {}, about or {}, title
    )
    if code in APPROVALS or not kind.posts:
        raise ValueError(f"{code}: declared already, or nobody may {decide}")
    APPROVALS[code] = kind
    work_kind(_to_decide(kind))
    return kind


def _to_decide(kind: ApprovalKind) -> WorkKind:
    """Its reason is the post that shall decide; it closes by itself."""
    advice = _("Open it, compare what is asked with what is there now, then approve or reject.")

    def title(figures: Figures) -> Text:
        what = kind.title(figures) if kind.title else kind.label
        return gettext("To approve: %(what)s") % {"what": what}

    return WorkKind(
        code=f"approve {kind.code}",
        label=kind.label,
        article=kind.article,
        role=kind.posts[0],
        subjects={"approval": "work.Approval"},
        target=kind.working_time,
        outcomes={},
        title=title,
        reasons={post: Reason(kind.label, advice, role=post) for post in kind.posts},
    )


MENDED: dict[str, Text] = {
    "mended": _("mended"),
    "given_up": _("given up, with the reason"),
}

PARKED_DELIVERY = work_kind(
    WorkKind(
        code="parked_delivery",
        label=_("parked delivery"),
        article="A3.3",
        role="engineer",
        subjects={"delivery": "events.Delivery"},
        target=timedelta(hours=4),
        outcomes=MENDED,
        title=lambda figures: gettext("%(reaction)s is stuck on %(about)s") % figures,
        reasons={
            "": Reason(
                _("parked delivery"),
                _("Read the error, mend its cause, then try the delivery again. The case closes"
                  " by itself when it has gone through or was given up."),
            )
        },
    )
)  # fmt: skip

DEAD_TIMER = work_kind(
    WorkKind(
        code="dead_timer",
        label=_("timer that failed for good"),
        article="A3.3",
        role="engineer",
        subjects={"timer": "timing.Timer"},
        target=timedelta(hours=4),
        outcomes=MENDED,
        title=lambda figures: gettext("%(timer)s of %(about)s did not fire") % figures,
        reasons={
            "": Reason(
                _("timer that failed for good"),
                _("Read the error, mend its cause, then let the timer fire after all. The case"
                  " closes by itself when it does."),
            )
        },
    )
)  # fmt: skip

FAILING_JOB = work_kind(
    WorkKind(
        code="failing_job",
        label=_("clock job that fails"),
        article="A3.3",
        role="engineer",
        subjects={"job": "timing.ClockJob"},
        target=timedelta(hours=4),
        outcomes=MENDED,
        title=lambda figures: gettext("%(job)s fails") % figures,
        reasons={
            "": Reason(
                _("clock job that fails"),
                _("Read the error of its last run, mend its cause, then run the job. The case"
                  " closes by itself when a run has ended well."),
            )
        },
    )
)  # fmt: skip

PROVISIONAL_YEAR = work_kind(
    WorkKind(
        code="provisional_year",
        label=_("calendar without next year's holidays"),
        article="A3.1",
        role="hr",
        subjects={"calendar": "timing.Calendar"},
        target=timedelta(hours=45),
        outcomes={"published": _("taken over"), "not_out": _("the notice is not out yet")},
        title=lambda figures: gettext("The holidays of %(year)s are not on the calendar") % figures,
        reasons={
            "": Reason(
                _("calendar without next year's holidays"),
                _("Open the calendar, paste the State Council's notice of the year, publish. The"
                  " case closes by itself when the year is on the calendar."),
            )
        },
    )
)  # fmt: skip

BIG_EXPORT = approval_kind(
    "work.export_persons",
    label=_("export of many persons"),
    article="PIPL 51",
    decide="work.approve_export",
    working_time=timedelta(hours=4),
    expires=timedelta(days=2),
    fields={
        "list": _("list"),
        "filter": _("filter"),
        "persons": _("persons"),
        "format": _("format"),
    },
    title=lambda figures: gettext("Export of %(persons)s persons from “%(list)s”") % figures,
)
