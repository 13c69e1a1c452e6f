"""Off sale at once and everywhere; then channel by channel confirmed, followed up, learnt from
(A4.1c, D4.2.3, CA4)."""

from django.db import transaction
from django.db.models import F
from django.utils.translation import gettext as _

from catalog.actions.revisions import LONGEST_WHY
from catalog.errors import DelistingUnfinished, NotOnSaleNow, StillShown
from catalog.events import ChannelConfirmed, DelistingClosed, ProductDelisted, RevisionReturned
from catalog.kinds import (
    DELISTED_CHANNEL,
    DELISTING_CANDIDATE,
    DELISTING_FOLLOW_UP,
    DELISTING_LESSON,
)
from catalog.models import (
    ChannelCheck,
    Delisting,
    DelistingCandidate,
    Offer,
    Product,
    ProductRevision,
)
from catalog.selectors.delistings import left_of
from shop.clock import now
from shop.errors import InvalidValue
from shop.events.outbox import publish
from shop.events.states import advance
from shop.identity.actors import Actor
from shop.records.actions.files import keep_file
from shop.records.contents import PICTURES, ContentKind
from shop.records.models import Channel, StoredFile
from shop.records.purposes import MEGABYTE, FilePurpose, file_purpose
from shop.work.actions.items import Matter, open_item, settle_items
from shop.work.models import WorkItem

OF_THE_DELISTING = Actor.system("a product was taken off sale")
LONGEST_EVIDENCE, LONGEST_LESSON, LONGEST_NOTE = 400, 1_000, 200
SHORTEST_LESSON = 10

EVIDENCE = file_purpose(
    FilePurpose(
        code="delisting_evidence",
        label=_("evidence for a delisting"),
        readers="catalog.view_delisting",
        kinds=PICTURES | {ContentKind.PDF},
        largest=20 * MEGABYTE,
        quota=2_000 * MEGABYTE,
        keep_for=None,
        is_personal=False,
    )
)


def request_delisting(
    product: Product,
    reason: str,
    evidence: str,
    file: tuple[str, bytes] | None = None,
    *,
    by: Actor,
) -> Delisting:
    """Take a product off sale: from this transaction on nobody finds, prices or orders it (CA4).

    `reason`: Delisting.Reason; `evidence`: in words or as a reference, `file` its name and bytes.
    What is on its way to customers goes back to its author. Each open channel becomes work of the
    technical role, against a clock; stock, orders and papers that are left, and the lesson, become
    work too. Raises InvalidValue, NotOnSaleNow, FileRefused.
    """
    by.require("catalog.request_delisting")
    evidence = evidence.strip()[:LONGEST_EVIDENCE]
    _require_cause(reason, evidence, file)
    with transaction.atomic():
        product = Product.objects.select_for_update(no_key=True).get(pk=product.pk)
        if product.live_revision_id is None:
            raise NotOnSaleNow
        delisting = _stop_sale(product, reason, evidence, _kept(file), by)
        _call_back_what_is_pending(product)
        _drop_candidates(delisting)
        publish(ProductDelisted(product.pk, delisting.pk, reason), by=by)
        _open_work(delisting)
    return delisting


def _require_cause(reason: str, evidence: str, file: tuple[str, bytes] | None) -> None:
    if reason not in Delisting.Reason.values:
        raise InvalidValue(fields={"reason": [_("Choose a reason.")]})
    if not evidence and file is None:
        raise InvalidValue(fields={"evidence": [_("Say what shows it, or add a file.")]})


def _kept(file: tuple[str, bytes] | None) -> StoredFile | None:
    return keep_file(EVIDENCE, *file, owner=None, by=OF_THE_DELISTING) if file else None


def _stop_sale(
    product: Product, reason: str, evidence: str, file: StoredFile | None, by: Actor
) -> Delisting:
    """The offers' locks come before the time: what was taken of them was taken before it."""
    withdrawn = product.live_revision
    assert withdrawn is not None
    offers = Offer.objects.filter(sku__product=product)
    list(offers.order_by("sku_id").select_for_update(of=("self",), no_key=True))
    offers.update(is_stopped=True, version=F("version") + 1)
    product.live_revision = None
    product.save(update_fields=["live_revision"])
    units, orders, papers = left_of(product)
    return Delisting.objects.create(
        product=product,
        reason=reason,
        evidence=evidence,
        file=file,
        withdrawn=withdrawn,
        units_left=units,
        orders_open=orders,
        papers_open=papers,
        requested_at=now(),
        requested_by=by.user,
    )


def _call_back_what_is_pending(product: Product) -> None:
    """A review from before is void: it comes back on sale by a new one alone."""
    on_its_way = (ProductRevision.Status.SUBMITTED, ProductRevision.Status.APPROVED)
    for revision in product.revisions.filter(status__in=on_its_way):
        advance(revision, "return")
        revision.approved_by = None
        revision.returned_why = _("The product was taken off sale.")[:LONGEST_WHY]
        revision.save(update_fields=["status", "approved_by", "returned_why"])
        publish(RevisionReturned(product.pk, revision.pk), by=OF_THE_DELISTING)


def _drop_candidates(delisting: Delisting) -> None:
    """Whatever proposed it has its way."""
    proposed = DelistingCandidate.objects.open().locked().filter(product=delisting.product_id)
    for candidate in proposed:
        advance(candidate, "take_up")
        candidate.delisting, candidate.decided_at = delisting, delisting.requested_at
        candidate.decided_by = delisting.requested_by
        candidate.save(update_fields=["status", "delisting", "decided_at", "decided_by"])
    settle_items(DELISTING_CANDIDATE, delisting.stream, by=OF_THE_DELISTING)


def _open_work(delisting: Delisting) -> None:
    title = delisting.withdrawn.title
    for channel in Channel.objects.filter(status=Channel.Status.OPEN):
        delisting.checks.create(channel=channel)
        figures = {"title": title, "channel": channel.name}
        matter = Matter(delisting.stream, figures=figures, key=channel.code)
        open_item(DELISTED_CHANNEL, matter, by=OF_THE_DELISTING)
    left = {
        "stock": delisting.units_left,
        "orders": delisting.orders_open,
        "papers": delisting.papers_open,
    }
    for what, count in left.items():
        if count:
            matter = Matter(delisting.stream, what, {"title": title, "count": count})
            open_item(DELISTING_FOLLOW_UP, matter, by=OF_THE_DELISTING)
    open_item(DELISTING_LESSON, Matter(delisting.stream, "", {"title": title}),
              by=OF_THE_DELISTING)  # fmt: skip


def record_copy(check: ChannelCheck, status: int, *, by: Actor) -> ChannelCheck:
    """Keep what a channel's copy of the product answered when it was fetched (HTTP status).

    What is confirmed already stays as it was confirmed.
    """
    by.require("catalog.record_copy")
    with transaction.atomic():
        check = ChannelCheck.objects.select_for_update(no_key=True).get(pk=check.pk)
        if check.confirmed_at is None:
            check.copy_status, check.copied_at = status, now()
            check.save(update_fields=["copy_status", "copied_at"])
    return check


def confirm_channel(check: ChannelCheck, note: str, *, by: Actor) -> ChannelCheck:
    """Say that a channel shows the product no more, and what was seen there (A4.1c).

    Raises StillShown while the copy that was fetched of it last is there, InvalidValue without
    words or a person.
    """
    by.require("catalog.confirm_channel")
    note = note.strip()[:LONGEST_NOTE]
    if not note or by.user is None:
        raise InvalidValue(fields={"note": [_("Say what was seen there.")]})
    with transaction.atomic():
        Delisting.objects.locked().get(pk=check.delisting_id)
        check = ChannelCheck.objects.select_related("delisting", "channel").get(pk=check.pk)
        if check.confirmed_at is not None:
            return check
        if check.copy_status is not None and not check.is_gone:
            raise StillShown
        check.confirmed_at, check.confirmed_by, check.note = now(), by.user, note
        check.save(update_fields=["confirmed_at", "confirmed_by", "note"])
        known = (check.delisting.product_id, check.delisting_id, check.channel_id)
        publish(ChannelConfirmed(*known), by=by)
        settle_items(DELISTED_CHANNEL, check.stream, key=check.channel_id, by=OF_THE_DELISTING)
    return check


def close_delisting(delisting: Delisting, lesson: str, *, by: Actor) -> Delisting:
    """End a delisting with what was learnt from it (D4.2.3); only then may it be listed anew.

    Raises InvalidValue for a lesson of fewer than ten letters, DelistingUnfinished.
    """
    by.require("catalog.close_delisting")
    lesson = lesson.strip()[:LONGEST_LESSON]
    if len(lesson) < SHORTEST_LESSON:
        raise InvalidValue(fields={"lesson": [_("Write the lesson, in ten letters at least.")]})
    with transaction.atomic():
        delisting = Delisting.objects.locked().get(pk=delisting.pk)
        _require_finished(delisting)
        advance(delisting, "close")
        delisting.lesson, delisting.closed_at, delisting.closed_by = lesson, now(), by.user
        delisting.save(update_fields=["status", "lesson", "closed_at", "closed_by"])
        settle_items(DELISTING_LESSON, delisting.stream, by=OF_THE_DELISTING)
        publish(DelistingClosed(delisting.product_id, delisting.pk), by=by)
    return delisting


def _require_finished(delisting: Delisting) -> None:
    following = WorkItem.objects.open().filter(
        kind=DELISTING_FOLLOW_UP.code, subject=delisting.stream
    )
    if delisting.checks.unconfirmed().exists() or following.exists():
        raise DelistingUnfinished
