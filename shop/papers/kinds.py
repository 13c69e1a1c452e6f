"""Kinds of dated documents, and what stops while the one of a kind has lapsed. Declared in code:
`LICENCE = paper_kind(PaperKind(…))`, `lapses(LICENCE, "catalog.publish_revision", …)`.

The house's own are below the registry; a chapter declares its own in its `kinds.py`.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from shop.errors import Text
from shop.work.kinds import Figures, Reason, WorkKind, work_kind

THE_HOUSE = "house"
"""The subject of what the company itself holds."""


@dataclass(frozen=True)
class PaperKind:
    """A kind of dated document.

    `subjects` names the models that one may be about (`product` → `catalog.Product`); without,
    the house itself holds it. `is_public`: customers must be shown it.
    """

    code: str
    label: Text
    article: str
    subjects: Mapping[str, str] = field(default_factory=dict)
    is_public: bool = False

    def takes(self, subject: str) -> bool:
        """Whether such a document can be about this."""
        if not self.subjects:
            return subject == THE_HOUSE
        kind, _colon, number = subject.partition(":")
        return kind in self.subjects and number.isdecimal()


PAPER_KINDS: dict[str, PaperKind] = {}


def paper_kind(kind: PaperKind) -> PaperKind:
    """Register a kind. Two of one code are a mistake."""
    if kind.code in PAPER_KINDS:
        raise ValueError(f"a kind of document is called {kind.code} already")
    PAPER_KINDS[kind.code] = kind
    return kind


@dataclass(frozen=True)
class Stop:
    """A step that nobody can take while a document of the kind has lapsed.

    `concerns` says of the row that the step is taken with whether it needs the document, and
    `subject` whose document that is.
    """

    kind: PaperKind
    step: str
    label: Text
    concerns: Callable[[Any], bool]
    subject: Callable[[Any], str]


STOPS: list[Stop] = []


def lapses(
    kind: PaperKind,
    step: str,
    label: Text,
    *,
    concerns: Callable[[Any], bool] = lambda row: True,
    subject: Callable[[Any], str] = lambda row: THE_HOUSE,
) -> Stop:
    """Declare what stops when a document of this kind lapses: an action, by its permission."""
    stop = Stop(kind, step, label, concerns, subject)
    STOPS.append(stop)
    return stop


def stopped_by(kind: str) -> list[Text]:
    """What stops while a document of the kind has lapsed, in words."""
    return [stop.label for stop in STOPS if stop.kind.code == kind]


BUSINESS_LICENCE = paper_kind(
    PaperKind("business_licence", _("business licence"), "E-Commerce Law 15", is_public=True)
)
FOOD_LICENCE = paper_kind(
    PaperKind("food_licence", _("food business licence"), "Food Safety Law 35", is_public=True)
)
CONTRACT = paper_kind(PaperKind("contract", _("contract"), "D2.2.2"))


def _ends(figures: Figures) -> Text:
    kind = PAPER_KINDS.get(figures["kind"])
    told = {**figures, "kind": kind.label if kind else figures["kind"]}
    return gettext("%(kind)s %(number)s ends on %(until)s") % told


PAPER = {"paper": "papers.Paper"}
OUTCOMES: dict[str, Text] = {"not_needed": _("not needed any more")}

PAPER_ENDING = work_kind(
    WorkKind(
        code="paper_ending",
        label=_("document that ends soon"),
        article="A4.1a",
        role="compliance_reviewer",
        subjects=PAPER,
        target=timedelta(hours=45),
        outcomes={"under_way": _("its renewal is under way"), **OUTCOMES},
        title=_ends,
        reasons={
            "": Reason(
                _("document that ends soon"),
                _("Apply for the next one now, and file it when it is there. The case closes by"
                  " itself when a document that lasts longer is filed."),
            )
        },
        may_pause=True,
    )
)  # fmt: skip

PAPER_LAPSED = work_kind(
    WorkKind(
        code="paper_lapsed",
        label=_("document that has lapsed"),
        article="A4.1a",
        role="compliance_reviewer",
        subjects=PAPER,
        target=timedelta(hours=9),
        outcomes=OUTCOMES,
        title=_ends,
        reasons={
            "": Reason(
                _("document that has lapsed"),
                _("What depends on it has stopped by itself. File the next one: it goes on by"
                  " itself, and the case closes."),
            )
        },
        may_pause=True,
        is_urgent=True,
    )
)  # fmt: skip
