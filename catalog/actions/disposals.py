"""Unfit goods are destroyed before a witness; then they leave the ledger (C3.3.3)."""

from typing import NamedTuple

from django.db import transaction
from django.db.models import Sum
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from catalog.actions.ledger import OF_THE_LEDGER, Carried, Fact, post_moves
from catalog.errors import LotIsSellable, NotThere, OwnDisposal
from catalog.events import DisposalCalledOff, DisposalProposed, GoodsDestroyed
from catalog.kinds import DISPOSAL_DUE
from catalog.models import LOSS, QUARANTINE, Disposal, Lot, LotMove
from shop.clock import now
from shop.errors import InvalidValue, NotAllowed
from shop.events.outbox import publish
from shop.events.states import advance
from shop.identity.actors import Actor
from shop.records.actions.files import keep_file
from shop.records.contents import PICTURES, ContentKind
from shop.records.purposes import MEGABYTE, FilePurpose, file_purpose
from shop.work.actions.items import Matter, open_item, settle_items

OF_THE_DISPOSAL = Actor.system("a disposal")

EVIDENCE = file_purpose(
    FilePurpose(
        code="disposal_evidence",
        label=gettext_lazy("evidence of a disposal"),
        readers="catalog.view_disposal",
        kinds=PICTURES | {ContentKind.PDF},
        largest=20 * MEGABYTE,
        quota=2_000 * MEGABYTE,
        keep_for=None,
        is_personal=False,
    )
)


class Evidence(NamedTuple):
    """A picture or a paper that shows the goods destroyed, as it came."""

    name: str
    content: bytes


def propose_disposal(
    lot: Lot, quantity: int, way: str, evidence: Evidence, *, by: Actor
) -> Disposal:
    """Say that units of an unsellable lot, set aside, are destroyed; a second person is asked to
    witness it. `way`: Disposal.Way.

    Nothing leaves the ledger yet. Raises LotIsSellable, NotThere for more than is set aside and
    not spoken for, FileRefused, NotAllowed to who is no person.
    """
    by.require("catalog.propose_disposal")
    if by.user is None:
        raise NotAllowed
    if quantity < 1 or way not in Disposal.Way.values:
        raise InvalidValue(fields={"quantity": [_("Say how many, and how.")]})
    with transaction.atomic():
        lot = Lot.objects.locked().get(pk=lot.pk)
        _require_there(lot, quantity + _spoken_for(lot))
        disposal = Disposal.objects.create(
            lot=lot,
            quantity=quantity,
            way=way,
            evidence=keep_file(EVIDENCE, evidence.name, evidence.content, owner=None,
                               by=OF_THE_DISPOSAL),
            proposed_at=now(),
            proposed_by=by.user,
        )  # fmt: skip
        publish(DisposalProposed(disposal.pk, lot.pk, quantity), by=by)
        matter = Matter(disposal.stream, figures={"lot": lot.code, "units": quantity})
        open_item(DISPOSAL_DUE, matter, by=OF_THE_DISPOSAL)
    return disposal


def _spoken_for(lot: Lot) -> int:
    proposed = lot.disposals.filter(status=Disposal.Status.PROPOSED)
    return proposed.aggregate(units=Sum("quantity"))["units"] or 0


def _require_there(lot: Lot, quantity: int) -> None:
    """So many of it, unsellable and set aside; the caller holds its lock."""
    if lot.is_sellable:
        raise LotIsSellable
    there = lot.balances.filter(place=QUARANTINE).values_list("quantity", flat=True).first()
    if quantity > (there or 0):
        raise NotThere(fields={"quantity": [NotThere.title]})


def witness_disposal(disposal: Disposal, *, by: Actor) -> Disposal:
    """Say that one has seen the goods destroyed: they leave the ledger, once.

    Raises OwnDisposal to who proposed it, LotIsSellable, NotThere, IllegalTransition.
    """
    by.require("catalog.witness_disposal")
    with transaction.atomic():
        lot, disposal = _locked(disposal)
        if by.user is None or by.user.pk == disposal.proposed_by_id:
            raise OwnDisposal
        advance(disposal, "witness")
        _require_there(lot, disposal.quantity)
        disposal.witness, disposal.ended_at = by.user, now()
        disposal.save(update_fields=["status", "witness", "ended_at"])
        carried = Carried(lot, QUARANTINE, LOSS, disposal.quantity)
        fact = Fact(LotMove.Cause.WRITTEN_OFF, disposal.reference, by.user)
        post_moves([carried], fact, by=OF_THE_LEDGER)
        publish(GoodsDestroyed(disposal.pk, lot.pk, disposal.quantity), by=by)
        settle_items(DISPOSAL_DUE, disposal.stream, by=OF_THE_DISPOSAL)
    return disposal


def call_off_disposal(disposal: Disposal, why: str, *, by: Actor) -> Disposal:
    """What was proposed is not done: the goods stay set aside. Raises InvalidValue without a
    reason, IllegalTransition."""
    by.require("catalog.call_off_disposal")
    if not why.strip():
        raise InvalidValue(fields={"why": [_("Say why.")]})
    with transaction.atomic():
        lot, disposal = _locked(disposal)
        advance(disposal, "call")
        disposal.why, disposal.ended_at = why.strip()[:200], now()
        disposal.save(update_fields=["status", "why", "ended_at"])
        publish(DisposalCalledOff(disposal.pk, lot.pk), by=by)
        settle_items(DISPOSAL_DUE, disposal.stream, by=OF_THE_DISPOSAL)
    return disposal


def _locked(disposal: Disposal) -> tuple[Lot, Disposal]:
    """The disposal behind its lot's lock, which comes first everywhere."""
    lot = Lot.objects.locked().get(pk=disposal.lot_id)
    return lot, Disposal.objects.locked().select_related("lot").get(pk=disposal.pk)
