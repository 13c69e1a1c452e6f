"""Refusals of the catalogue."""

from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from shop.errors import DomainError
from shop.law.rules import Finding

REVIEW_NEEDS = {
    "filled": _("Review needs this filled in."),
    "number_form": _("This is not the form of a health food's registration or filing number."),
    "notice_wording": _("The statement must read: 保健食品不是药物，不能代替药物治疗疾病"),
}


class SoldOut(DomainError):
    """Fewer units are left than were asked for; nothing was taken."""

    code = "sold-out"
    title = _("Not enough is in stock.")


class ReviewedByAuthor(DomainError):
    """Whoever drafted a revision cannot approve it (A4.1a)."""

    code = "reviewed-by-author"
    title = _("A revision must be approved by somebody other than its author.")


class NotReadyForReview(DomainError):
    """Content that the law or the regulation requires is missing (A4.1a)."""

    code = "not-ready-for-review"
    title = _("The revision lacks what a review needs.")
    status = 400


class UnlawfulContent(DomainError):
    """The content says what the law forbids a seller to say (A4.1a, CA2)."""

    code = "unlawful-content"
    title = _("The revision says what the law does not allow.")
    status = 400


def unlawful(finding: Finding) -> str:
    """A finding in words: what is said, why not, and by which article."""
    why = finding.rule.why["zh" if get_language() == "zh-hans" else "en"]
    words = f"“{finding.words}”：" if finding.words else ""
    return f"{words}{why}（{finding.rule.law}）"


class NameTaken(DomainError):
    """Another brand or category has this name."""

    code = "name-taken"
    title = _("This name is taken.")


class ShelfTooDeep(DomainError):
    """Customers find nothing below the third level of categories."""

    code = "shelf-too-deep"
    title = _("Categories are at most three levels deep.")


class BookedBefore(DomainError):
    """This goods-in document was booked already for this SKU."""

    code = "booked-before"
    title = _("This document has been booked already.")


class NotPriced(DomainError):
    """Goods are booked in for what has a price: the offer row holds both."""

    code = "not-priced"
    title = _("This SKU has no price yet: set one first.")
