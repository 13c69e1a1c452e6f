"""Changes of what products say: each is a revision of its own, reviewed before it replaces the
live one (A4.1b, CA3). One at a time per product."""

from collections.abc import Mapping

from django.db import transaction

from catalog.errors import EditedMeanwhile, NothingLive, RevisionPending, WhyIsMissing
from catalog.events import (
    RevisionBegun,
    RevisionDiscarded,
    RevisionEdited,
    RevisionReturned,
)
from catalog.models import Product, ProductRevision
from shop.clock import now
from shop.errors import IllegalTransition
from shop.events.outbox import publish
from shop.events.states import advance
from shop.identity.actors import Actor

LONGEST_WHY = 200


def revise_product(product: Product, *, by: Actor) -> ProductRevision:
    """Begin the next revision with the words of the live one, which customers read meanwhile; of
    what was taken off sale, with the last that they read.

    Raises NothingLive before the first was published, RevisionPending while another is on its way.
    """
    by.require("catalog.revise_product")
    with transaction.atomic():
        product = Product.objects.select_for_update(no_key=True).get(pk=product.pk)
        live = product.live_revision or _last_read(product)
        if live is None:
            raise NothingLive
        if product.revisions.pending().exists():
            raise RevisionPending
        revision = product.revisions.create(
            number=product.revisions.latest("number").number + 1,
            based_on=live,
            drafted_by=by.user,
            created_at=now(),
            **live.text,
        )
        publish(RevisionBegun(product.pk, revision.pk, live.pk), by=by)
    return revision


def _last_read(product: Product) -> ProductRevision | None:
    published = product.revisions.filter(status=ProductRevision.Status.PUBLISHED)
    return published.order_by("-published_at", "-pk").first()


def edit_revision(
    revision: ProductRevision, text: Mapping[str, str], seen: int, *, by: Actor
) -> ProductRevision:
    """Write a draft anew; nobody who wrote anything of it reviews it.

    `text`: content by field; `seen`: the number of edits that the writer's page knew. Raises
    EditedMeanwhile when somebody else has written since, IllegalTransition for what is no draft.
    """
    by.require("catalog.edit_revision")
    with transaction.atomic():
        revision = ProductRevision.objects.get_locked(revision)
        if revision.status != ProductRevision.Status.DRAFT:
            raise IllegalTransition
        if revision.edits != seen:
            raise EditedMeanwhile
        changed = sorted(name for name, value in text.items() if getattr(revision, name) != value)
        if not changed:
            return revision
        for name in changed:
            setattr(revision, name, text[name])
        revision.edits += 1
        revision.writers = sorted({*revision.writers, *([by.user.pk] if by.user else [])})
        revision.save(update_fields=[*changed, "edits", "writers"])
        publish(RevisionEdited(revision.product_id, revision.pk, changed), by=by)
    return revision


def return_revision(revision: ProductRevision, why: str, *, by: Actor) -> ProductRevision:
    """Give it back to its author with what is wrong; an approval it had is void (A4.1a)."""
    by.require("catalog.return_revision")
    why = why.strip()
    if not why:
        raise WhyIsMissing
    with transaction.atomic():
        revision = ProductRevision.objects.get_locked(revision)
        advance(revision, "return")
        revision.approved_by, revision.returned_why = None, why[:LONGEST_WHY]
        revision.save(update_fields=["status", "approved_by", "returned_why"])
        publish(RevisionReturned(revision.product_id, revision.pk), by=by)
    return revision


def discard_revision(revision: ProductRevision, *, by: Actor) -> ProductRevision:
    """Give a draft up: the live one stays, and another can be begun."""
    by.require("catalog.discard_revision")
    with transaction.atomic():
        revision = ProductRevision.objects.get_locked(revision)
        advance(revision, "discard")
        revision.save(update_fields=["status"])
        publish(RevisionDiscarded(revision.product_id, revision.pk), by=by)
    return revision
