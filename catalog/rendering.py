"""What a revision says, field by field: what the law objects to, and what has changed; and why a
product is proposed for delisting."""

from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from catalog import rules
from catalog.errors import unlawful
from catalog.models import DelistingCandidate, DelistingRule, ProductRevision
from catalog.rules import Change
from catalog.selectors import objections_to
from catalog.selectors.candidates import rules_in_force
from shop.doors.desk.marks import marked


@dataclass(frozen=True)
class Passage:
    """One field of a revision as staff read it."""

    name: str
    label: Any
    value: Any
    is_missing: bool
    objections: list[tuple[str, bool]]
    changes: list[Change]


def passages(revision: ProductRevision) -> list[Passage]:
    """Every field. What is published the law was asked about; a draft is asked about each time."""
    options: Any = revision._meta
    missing = rules.missing_for_submission(revision.product.kind, revision.text)
    is_live = revision.status == ProductRevision.Status.PUBLISHED
    objections = {} if is_live else objections_to(revision)
    before = revision.based_on.text if revision.based_on else revision.text
    return [
        Passage(
            name,
            options.get_field(name).verbose_name,
            marked(value, objections.get(name, [])),
            name in missing,
            [(unlawful(found), found.rule.blocks) for found in objections.get(name, [])],
            rules.changes(before[name], value) if before[name] != value else [],
        )
        for name, value in revision.text.items()
    ]


FIGURES = {
    "no_sales": _("Nothing was ordered for %(days)d days."),
    "cover": _(
        "%(units)d units last %(cover_days)d days at the present pace; they expire in"
        " %(days_left)d days."
    ),
    "returns": _("%(unfit)d returned units were unfit, of %(sold)d sold in 180 days."),
    "certificate": _("Its certificate ends in %(days)d days, and none follows."),
}


def figures_told(candidate: DelistingCandidate) -> str:
    """Why a rule proposes it, in words with the figures."""
    if candidate.rule == "certificate" and candidate.figures["days"] < 0:
        return gettext("Its certificate has lapsed, and none follows.")
    said: str = str(FIGURES[candidate.rule]) % candidate.figures
    return said


def rules_shown() -> list[tuple[str, int, bool]]:
    """Every rule of delisting in words, its threshold, and whether it is in use."""
    names = dict(DelistingRule.Code.choices)
    return [(str(names[code]), rule.value, rule.is_on) for code, rule in rules_in_force().items()]
