"""What a revision says, field by field: what the law objects to, and what has changed."""

from dataclasses import dataclass
from typing import Any

from catalog import rules
from catalog.errors import unlawful
from catalog.models import ProductRevision
from catalog.rules import Change
from catalog.selectors import objections_to
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
