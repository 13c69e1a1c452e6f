"""Refusals of the catalogue."""

from collections.abc import Mapping

from django.utils.translation import get_language, gettext
from django.utils.translation import gettext_lazy as _

from shop.errors import DomainError, InvalidValue
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


class RevisionPending(DomainError):
    """The product has a revision that is neither published nor given up (CA3)."""

    code = "revision-pending"
    title = _("Another revision of this product is on its way: finish it or give it up first.")


class NothingLive(DomainError):
    """Customers read nothing of the product yet: its first revision can still be changed."""

    code = "nothing-live"
    title = _("Nothing of this product is published yet: change its first revision.")


class EditedMeanwhile(DomainError):
    """Somebody else has written the draft since the page was opened."""

    code = "edited-meanwhile"
    title = _("Somebody else has changed this draft meanwhile: look at it again.")


class WhyIsMissing(DomainError):
    """Without words the author does not know what to mend."""

    code = "why-is-missing"
    title = _("Say what has to be changed.")
    status = 400


class NotOnSaleNow(DomainError):
    """Only what customers can buy is taken off sale."""

    code = "not-on-sale-now"
    title = _("This product is not on sale.")


class DelistingOpen(DomainError):
    """What was taken off sale returns after its delisting is closed, by a new review (CA4)."""

    code = "delisting-open"
    title = _("Close the delisting of this product with its lesson first.")


class DelistingUnfinished(DomainError):
    """A channel is not confirmed, or what followed is not seen to (A4.1c)."""

    code = "delisting-unfinished"
    title = _("Before it is closed, every channel is confirmed and what followed is seen to.")


class StillShown(DomainError):
    """The channel's copy was fetched and still shows the product."""

    code = "still-shown"
    title = _("This channel still shows the product.")


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


class NeedsSecondPerson(DomainError):
    """The price of what was ever on sale is changed by two people, with reasons (C3.2.1)."""

    code = "needs-second-person"
    title = _("Ask for a price change: a second person must approve it.")


class PriceChangePending(DomainError):
    """A SKU has one change of its prices at a time."""

    code = "price-change-pending"
    title = _("Another price change of this SKU is on its way.")


class OutsideLimits(DomainError):
    """A price is between the floor and the ceiling that were approved last (C3.2.1)."""

    code = "outside-limits"
    title = _("The price is outside its floor and ceiling.")


class NotPriced(DomainError):
    """Goods are booked in for what has a price: the offer row holds both."""

    code = "not-priced"
    title = _("This SKU has no price yet: set one first.")


class LotDiffers(DomainError):
    """A lot number of a SKU has one production date and one expiry date."""

    code = "lot-differs"
    title = _("This lot is known with other dates: compare the label with the delivery note.")


OBJECTIONS = {
    "produced_in_future": ("produced_on", _("This day has not come yet.")),
    "expires_before_production": ("expires_on", _("It would expire before it was made.")),
    "expired": ("expires_on", _("It has expired: refuse the delivery.")),
    "too_old": (
        "expires_on",
        _("Less than a third of its shelf life is left: refuse the delivery."),
    ),
}


class LotTooOld(InvalidValue):
    """Goods with these dates do not come in (Food Safety Law art. 53–54)."""

    def __init__(self, objection: str) -> None:
        field, why = OBJECTIONS[objection]
        super().__init__(fields={field: [why]})


class LotNotSellable(DomainError):
    """Nothing of a quarantined, recalled or expired lot is picked, shipped or released."""

    code = "lot-not-sellable"
    title = _("This lot must not be sold.")


class Shortage(DomainError):
    """The lots that may go out do not cover what is wanted; nothing was allotted.

    `missing`: SKU id → how many units; `fields` names them by SKU.
    """

    code = "shortage"
    title = _("The lots in stock do not cover this.")

    def __init__(self, missing: Mapping[int, int], names: Mapping[int, str]) -> None:
        self.missing = dict(missing)
        told = gettext("%(sku)s: %(missing)d missing")
        short = [told % {"sku": names[sku], "missing": n} for sku, n in missing.items()]
        super().__init__("; ".join(short), fields={"sku": short})


class NotAllotted(DomainError):
    """More was scanned than is to be picked: the same code twice, or goods of another order."""

    code = "not-allotted"
    title = _("This is not to be picked here, or it has been picked already.")


class NotPicked(DomainError):
    """Only what was picked for it goes into a parcel."""

    code = "not-picked"
    title = _("This has not been picked for the parcel.")


class ShippedBefore(DomainError):
    """The goods of a parcel leave once."""

    code = "shipped-before"
    title = _("This parcel has left already.")


class NotThere(DomainError):
    """Fewer units are at the place than shall leave it."""

    code = "not-there"
    title = _("So many of this lot are not there.")


class LotIsSellable(DomainError):
    """Only what must not be sold is destroyed."""

    code = "lot-is-sellable"
    title = _("This lot may be sold: set it aside first.")


class OwnDisposal(DomainError):
    """Who destroys goods is not their witness."""

    code = "own-disposal"
    title = _("Somebody else must witness it.")
    status = 403
