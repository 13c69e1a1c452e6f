"""A price is changed by two people, with reasons, from a day on (C3.2.1–2, CA7)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from catalog import rules
from catalog.actions.prices import price_sku
from catalog.errors import NotPriced, PriceChangePending
from catalog.events import (
    PriceChangeApproved,
    PriceChangeAsked,
    PriceChangeDropped,
    PriceChangeEffective,
)
from catalog.kinds import PRICE_CHANGE
from catalog.models import PRICE_DUE, Offer, PriceChange, Sku
from shop.clock import now, today
from shop.errors import InvalidValue
from shop.events.outbox import publish
from shop.events.states import advance
from shop.identity.actors import Actor
from shop.timing.actions.timers import arm_timer, cancel_timers
from shop.work.actions.approvals import request_approval, use_approval

OF_THE_CHANGE = Actor.system("an approved price")
LONGEST_WHY = 300
FIRST_VERSION = 1  # what was asked for never changes


@dataclass(frozen=True)
class Competitor:
    """What somebody else asks for the like, where and when it was seen; in fen."""

    name: str
    price_fen: int
    source: str
    on: date


@dataclass(frozen=True)
class PriceProposal:
    """New prices with cost and limits in fen, the reason (PriceChange.Reason) in words too, what
    competitors ask, and when it shall take effect (None: at once)."""

    price_fen: int
    member_price_fen: int | None
    cost_fen: int
    floor_fen: int
    ceiling_fen: int
    reason: str
    why: str
    competitors: Sequence[Competitor]
    effective_at: datetime | None = None


def ask_price_change(sku: Sku, proposal: PriceProposal, *, by: Actor) -> PriceChange:
    """Ask for new prices of a SKU; somebody else approves exactly this, or nothing (C3.2.1).

    Raises InvalidValue without reason, a competitor's price or sane limits; NotPriced,
    PriceChangePending.
    """
    by.require("catalog.ask_price_change")
    if by.user is None:
        raise InvalidValue(fields={"why": [_("A person asks for a price change.")]})
    _require_grounds(proposal)
    with transaction.atomic():
        offer = Offer.objects.select_for_update(no_key=True).filter(sku=sku).first()
        if offer is None:
            raise NotPriced
        if sku.price_changes.pending().exists():
            raise PriceChangePending
        change = PriceChange.objects.create(
            sku=sku,
            before_fen=offer.price_fen,
            before_member_fen=offer.member_price_fen,
            asked_at=now(),
            asked_by=by.user,
            **_said(proposal),
        )
        publish(PriceChangeAsked(sku.pk, change.pk, change.price_fen), by=by)
        request_approval(
            PRICE_CHANGE, change.subject, change.to_approve, version=FIRST_VERSION,
            reason=change.why, by=by,
        )  # fmt: skip
    return change


def _said(proposal: PriceProposal) -> dict[str, Any]:
    return {
        "price_fen": proposal.price_fen,
        "member_price_fen": proposal.member_price_fen,
        "cost_fen": proposal.cost_fen,
        "floor_fen": proposal.floor_fen,
        "ceiling_fen": proposal.ceiling_fen,
        "reason": proposal.reason,
        "why": proposal.why.strip(),
        "competitors": [
            {
                "name": seen.name.strip(),
                "price_fen": seen.price_fen,
                "source": seen.source.strip(),
                "on": seen.on.isoformat(),
            }
            for seen in proposal.competitors
        ],
        "effective_at": proposal.effective_at or now(),
    }


def _require_grounds(proposal: PriceProposal) -> None:
    wrong: dict[str, list[str]] = {}
    lowest = proposal.price_fen if proposal.member_price_fen is None else proposal.member_price_fen
    if not 0 < proposal.floor_fen <= lowest <= proposal.price_fen <= proposal.ceiling_fen:
        wrong["price_fen"] = [_("Floor ≤ member price ≤ price ≤ ceiling.")]
    if proposal.ceiling_fen > rules.HIGHEST_PRICE_FEN:
        wrong["ceiling_fen"] = [_("A price is above 0 and at most ¥100,000.")]
    if not 0 < proposal.cost_fen <= rules.HIGHEST_PRICE_FEN:
        wrong["cost_fen"] = [_("Say what it costs us.")]
    if proposal.reason not in PriceChange.Reason.values:
        wrong["reason"] = [_("Choose a reason.")]
    if not 0 < len(proposal.why.strip()) <= LONGEST_WHY:
        wrong["why"] = [_("Say why, in 300 letters at most.")]
    if not _are_named(proposal.competitors):
        wrong["competitors"] = [_("One to ten prices of others, each with name, source and date.")]
    if proposal.effective_at is not None and proposal.effective_at <= now():
        wrong["effective_at"] = [_("This time has passed; leave it empty for at once.")]
    if wrong:
        raise InvalidValue(fields=wrong)


def _are_named(competitors: Sequence[Competitor]) -> bool:
    return 0 < len(competitors) <= rules.MOST_COMPETITORS and all(
        seen.name.strip() and seen.source.strip() and seen.price_fen > 0 and seen.on <= today()
        for seen in competitors
    )


def schedule_price_change(change: PriceChange, *, by: Actor) -> PriceChange:
    """What a second person approved takes effect on its day, or at once when it has come.

    Raises what `use_approval` raises where the yes is missing, too old or to something else.
    """
    by.require("catalog.schedule_price_change")
    with transaction.atomic():
        change = PriceChange.objects.locked().get(pk=change.pk)
        if change.status != PriceChange.Status.ASKED:
            return change
        approval = use_approval(
            PRICE_CHANGE, change.subject, change.to_approve, version=FIRST_VERSION, by=by
        )
        advance(change, "approve")
        change.approved_by = approval.decided_by
        change.save(update_fields=["status", "approved_by"])
        publish(PriceChangeApproved(change.sku_id, change.pk), by=by)
        if change.effective_at <= now():
            put_price_in_effect(change, by=OF_THE_CHANGE)
        else:
            arm_timer(PRICE_DUE, change.subject, change.effective_at, by=OF_THE_CHANGE)
    return change


def put_price_in_effect(change: PriceChange, *, by: Actor) -> bool:
    """The approved price holds from now on. False: it was withdrawn, or holds already."""
    by.require("catalog.put_price_in_effect")
    with transaction.atomic():
        change = PriceChange.objects.locked().get(pk=change.pk)
        if change.status != PriceChange.Status.APPROVED:
            return False
        advance(change, "take_effect")
        change.took_effect_at = now()
        change.save(update_fields=["status", "took_effect_at"])
        price_sku(change.sku, change.price_fen, change.member_price_fen, by=OF_THE_CHANGE)
        publish(PriceChangeEffective(change.sku_id, change.pk), by=by)
    return True


def drop_price_change(change: PriceChange, *, by: Actor) -> PriceChange:
    """It was not approved: the price stays. What is decided already stays as it is."""
    by.require("catalog.drop_price_change")
    with transaction.atomic():
        change = PriceChange.objects.locked().get(pk=change.pk)
        if change.status == PriceChange.Status.ASKED:
            advance(change, "refuse")
            change.save(update_fields=["status"])
            publish(PriceChangeDropped(change.sku_id, change.pk), by=by)
    return change


def withdraw_price_change(change: PriceChange, *, by: Actor) -> PriceChange:
    """Call an approved change off before its day. Raises IllegalTransition."""
    by.require("catalog.withdraw_price_change")
    with transaction.atomic():
        change = PriceChange.objects.locked().get(pk=change.pk)
        advance(change, "withdraw")
        change.save(update_fields=["status"])
        cancel_timers(PRICE_DUE, change.subject, by=OF_THE_CHANGE)
        publish(PriceChangeDropped(change.sku_id, change.pk), by=by)
    return change
