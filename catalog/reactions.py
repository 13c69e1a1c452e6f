"""What the catalogue does about facts: the next step of a listing is on somebody's desk."""

from catalog import actions, flows
from catalog.events import (
    ProductDelisted,
    RevisionApproved,
    RevisionDiscarded,
    RevisionPublished,
    RevisionReturned,
    RevisionSubmitted,
)
from catalog.kinds import LISTING_STEP, PRICE_CHANGE
from catalog.models import Delisting, PriceChange, ProductRevision
from shop.events.models import EventLog
from shop.events.outbox import reacts_to
from shop.identity.actors import Actor
from shop.work.actions.items import Matter, open_item, settle_items
from shop.work.events import (
    ApprovalExpired,
    ApprovalGranted,
    ApprovalRefused,
    ApprovalWithdrawn,
)

OnItsWay = (
    RevisionSubmitted | RevisionApproved | RevisionReturned | RevisionPublished | RevisionDiscarded
)
NEXT = {
    RevisionSubmitted: (ProductRevision.Status.SUBMITTED, "review"),
    RevisionApproved: (ProductRevision.Status.APPROVED, "publish"),
    RevisionReturned: (ProductRevision.Status.DRAFT, "mend"),
}
"""What happened to a revision → the state it is in since, and what somebody has to do now."""


@reacts_to(
    RevisionSubmitted, RevisionApproved, RevisionReturned, RevisionPublished, RevisionDiscarded
)
def pass_revision_on(event: OnItsWay, fact: EventLog) -> None:
    """The next step of the listing path is on the desk of the post that takes it (A4.1a)."""
    by = Actor.system("a revision went a step further")
    settle_items(LISTING_STEP, fact.stream, by=by)
    if type(event) not in NEXT:
        return
    state, step = NEXT[type(event)]
    revision = ProductRevision.objects.get(pk=event.revision_id)
    if revision.status == state:  # else a later fact says what is to be done
        figures = {"title": revision.title, "number": revision.number}
        open_item(LISTING_STEP, Matter(fact.stream, step, figures), by=by)


@reacts_to(ProductDelisted, lane="long", outside=True)
def look_at_copies(event: ProductDelisted, fact: EventLog) -> None:
    """Asked again, ever more seldom, until it is gone: a reading changes nothing (CA4)."""
    delisting = Delisting.objects.get(pk=event.delisting_id)
    flows.look_at_copies(delisting, by=Actor.system("a product was taken off sale"))


@reacts_to(ApprovalGranted)
def schedule_approved_price(event: ApprovalGranted, fact: EventLog) -> None:
    """A second person said yes: the price takes effect on its day (C3.2.1)."""
    if event.kind == PRICE_CHANGE.code:
        by = Actor.system("the price change was approved")
        actions.schedule_price_change(_change_behind(event.subject), by=by)


@reacts_to(ApprovalRefused, ApprovalWithdrawn, ApprovalExpired)
def drop_unapproved_price(
    event: ApprovalRefused | ApprovalWithdrawn | ApprovalExpired, fact: EventLog
) -> None:
    """The price stays as it is; another change may be asked for."""
    if event.kind == PRICE_CHANGE.code:
        by = Actor.system("the price change was not approved")
        actions.drop_price_change(_change_behind(event.subject), by=by)


def _change_behind(subject: str) -> PriceChange:
    return PriceChange.objects.get(pk=subject.removeprefix("price_change:"))
