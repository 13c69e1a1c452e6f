"""What the house proposes to take off sale, taken up or declined with a reason (D4.2.3, CA4)."""

from collections.abc import Mapping

from django.db import transaction
from django.utils.translation import gettext as _

from catalog import rules
from catalog.actions.delisting import OF_THE_DELISTING, request_delisting
from catalog.errors import NotOnSaleNow
from catalog.events import DelistingDeclined, DelistingProposed, DelistingRuleSet
from catalog.kinds import DELISTING_CANDIDATE
from catalog.models import Delisting, DelistingCandidate, DelistingRule, Product
from shop.clock import now, today
from shop.errors import IllegalTransition, InvalidValue
from shop.events.outbox import publish
from shop.events.states import advance
from shop.identity.actors import Actor
from shop.work.actions.items import Matter, open_item, settle_items

LONGEST_WHY = 200
HIGHEST_THRESHOLD = 10_000


def set_delisting_rule(code: str, threshold: int, is_on: bool, *, by: Actor) -> DelistingRule:
    """From tonight on a rule proposes by this threshold (days or basis points), or not at all.

    Raises InvalidValue. What a rule was before stays on record.
    """
    by.require("catalog.set_delisting_rule")
    if code not in DelistingRule.Code.values:
        raise InvalidValue(fields={"code": [_("There is no such rule.")]})
    if not 0 < threshold <= HIGHEST_THRESHOLD:
        raise InvalidValue(fields={"threshold": [_("From 1 to 10,000.")]})
    with transaction.atomic():
        rule = DelistingRule.objects.create(
            code=code, threshold=threshold, is_on=is_on, set_at=now(), set_by=by.user
        )
        publish(DelistingRuleSet(rule.pk, code, threshold, is_on), by=by)
    return rule


def propose_delisting(
    product: Product, rule: str, threshold: int, figures: Mapping[str, int], *, by: Actor
) -> DelistingCandidate | None:
    """Propose to take a product off sale, with the figures that say why; it is operations' work.

    None: it is proposed by this rule already, was declined not long ago, or is not on sale.
    """
    by.require("catalog.propose_delisting")
    with transaction.atomic():
        product = Product.objects.select_for_update(no_key=True).get(pk=product.pk)
        if product.live_revision is None or _was_asked(product, rule):
            return None
        candidate = DelistingCandidate.objects.create(
            product=product,
            rule=rule,
            threshold=threshold,
            figures=dict(figures),
            proposed_at=now(),
        )
        publish(DelistingProposed(product.pk, candidate.pk, rule), by=by)
        matter = Matter(product.stream, figures={"title": product.live_revision.title}, key=rule)
        open_item(DELISTING_CANDIDATE, matter, by=OF_THE_DELISTING)
    return candidate


def _was_asked(product: Product, rule: str) -> bool:
    same = DelistingCandidate.objects.filter(product=product, rule=rule)
    declined = same.filter(status=DelistingCandidate.Status.DECLINED, not_before__gt=today())
    return same.open().exists() or declined.exists()


def lapse_candidate(candidate: DelistingCandidate, *, by: Actor) -> DelistingCandidate:
    """Propose it no longer: the figures do not say so any more. A second time changes nothing."""
    by.require("catalog.lapse_candidate")
    with transaction.atomic():
        candidate = DelistingCandidate.objects.locked().get(pk=candidate.pk)
        if candidate.status != DelistingCandidate.Status.OPEN:
            return candidate
        advance(candidate, "lapse")
        candidate.decided_at = now()
        candidate.save(update_fields=["status", "decided_at"])
        settle_items(DELISTING_CANDIDATE, candidate.stream, key=candidate.rule, by=OF_THE_DELISTING)
    return candidate


def take_up_candidate(
    candidate: DelistingCandidate, reason: str, evidence: str, *, by: Actor
) -> Delisting:
    """Take the proposed product off sale at once, as `request_delisting` does.

    Whatever else proposed it is taken up with it. Raises IllegalTransition for what is decided
    already, InvalidValue, NotOnSaleNow.
    """
    by.require("catalog.take_up_candidate")
    with transaction.atomic():
        product = Product.objects.select_for_update(no_key=True).get(pk=candidate.product_id)
        candidate = DelistingCandidate.objects.locked().get(pk=candidate.pk)
        if candidate.status != DelistingCandidate.Status.OPEN:
            raise IllegalTransition
        if product.live_revision_id is None:
            raise NotOnSaleNow
        return request_delisting(product, reason, evidence, by=by)


def decline_candidate(candidate: DelistingCandidate, why: str, *, by: Actor) -> DelistingCandidate:
    """Keep the product on sale and say why; the same rule asks again after ninety days.

    Raises InvalidValue without words, IllegalTransition.
    """
    by.require("catalog.decline_candidate")
    why = why.strip()[:LONGEST_WHY]
    if not why:
        raise InvalidValue(fields={"why": [_("Say why it stays on sale.")]})
    with transaction.atomic():
        candidate = DelistingCandidate.objects.locked().get(pk=candidate.pk)
        advance(candidate, "decline")
        candidate.why, candidate.decided_at, candidate.decided_by = why, now(), by.user
        candidate.not_before = today() + rules.ASKED_AGAIN_AFTER
        candidate.save(update_fields=["status", "why", "decided_at", "decided_by", "not_before"])
        known = (candidate.product_id, candidate.pk, candidate.rule)
        publish(DelistingDeclined(*known), by=by)
        settle_items(DELISTING_CANDIDATE, candidate.stream, key=candidate.rule, by=OF_THE_DELISTING)
    return candidate
