"""Policies: drafted, published, read by staff, accepted by customers."""

import hashlib
from collections.abc import Mapping, Sequence
from datetime import date, datetime, time

from django.db import transaction
from django.db.models import Max
from django.utils.translation import gettext as _

from shop.clock import SHANGHAI, now
from shop.errors import InvalidValue, NotAllowed
from shop.events.outbox import after_commit, publish
from shop.events.states import advance
from shop.identity.actors import Actor
from shop.identity.models import Customer
from shop.identity.roles import BY_CODE
from shop.records import in_force, rules
from shop.records.errors import NotYours, OwnDraft, PolicyOutdated
from shop.records.events import PolicyPublished
from shop.records.models import Policy, PolicyAcceptance, PolicyReading, PolicyVersion


def establish_policy(
    code: str, title: str, audience: str, posts: Sequence[str] = (), *, by: Actor
) -> Policy:
    """Begin a policy; of one that exists nothing changes. Its first version is drafted next."""
    by.require("records.establish_policy")
    if unknown := sorted(set(posts) - BY_CODE.keys()):
        raise InvalidValue(fields={"posts": unknown})
    if code == "accept":  # an address of the API
        raise InvalidValue(fields={"code": [_("Choose another code.")]})
    policy, _is_new = Policy.objects.get_or_create(
        code=code, defaults={"title": title, "audience": audience, "posts": list(posts)}
    )
    return policy


def draft_policy_version(
    policy: Policy, text: str, changes: str = "", *, by: Actor
) -> PolicyVersion:
    """Write the next version, or write the open draft anew; whoever writes last is its author."""
    by.require("records.draft_policy_version")
    text = text.replace("\r\n", "\n").strip()
    if not text:
        raise InvalidValue(fields={"text": [_("A policy has words.")]})
    with transaction.atomic():
        policy = Policy.objects.select_for_update(no_key=True).get(pk=policy.pk)
        number = policy.versions.published().aggregate(last=Max("number"))["last"] or 0
        draft, _is_new = PolicyVersion.objects.update_or_create(
            policy=policy,
            number=number + 1,
            defaults={
                "text": text,
                "text_hash": hashlib.sha256(text.encode()).digest(),
                "changes": changes,
                "drafted_at": now(),
                "drafted_by": by.user,
            },
        )
    return draft


def publish_policy_version(
    version: PolicyVersion, effective_on: date | None = None, *, by: Actor
) -> PolicyVersion:
    """Fix the words for ever; they apply from the beginning of that day, or in a minute.

    A minute at the earliest, so that every process knows of it before. Raises OwnDraft.
    """
    by.require("records.publish_policy_version")
    with transaction.atomic():
        version = PolicyVersion.objects.select_for_update(no_key=True).get(pk=version.pk)
        if by.user is not None and by.user.pk == version.drafted_by_id:
            raise OwnDraft
        advance(version, "publish")
        version.published_at, version.published_by = now(), by.user
        version.effective_at = _effective_at(version, effective_on)
        version.save()
        publish(PolicyPublished(version.policy_id, version.pk, version.number), by=by)
    in_force.remember(None)
    after_commit(lambda: in_force.remember(None))
    return version


def _effective_at(version: PolicyVersion, effective_on: date | None) -> datetime:
    """Never before an earlier version takes effect: what was announced first applies first."""
    earliest = now() + rules.NOTICE
    if effective_on is not None:
        earliest = max(earliest, datetime.combine(effective_on, time(), SHANGHAI))
    announced = PolicyVersion.objects.published().filter(policy=version.policy_id)
    last = announced.aggregate(at=Max("effective_at"))["at"]
    if last is not None and last > earliest:
        raise InvalidValue(
            fields={"effective_on": [_("An announced version takes effect only after this.")]}
        )
    return earliest


def confirm_reading(version: PolicyVersion, *, by: Actor) -> PolicyReading:
    """Say that one has read it oneself; nobody says so for another. Repeating changes nothing."""
    by.require("records.confirm_reading")
    if by.user is None:
        raise NotAllowed
    applies = PolicyVersion.objects.in_force(now()).filter(pk=version.pk).exists()
    if not applies or not version.policy.is_for(by.user):
        raise NotYours
    reading, _is_new = PolicyReading.objects.get_or_create(
        version=version,
        user=by.user,
        defaults={"text_hash": version.text_hash, "read_at": now()},
    )
    return reading


def accept_policies(
    customer: Customer, said: Mapping[str, int], *, by: Actor
) -> list[PolicyAcceptance]:
    """Keep that the customer agreed to these versions (code → number), with their texts' hashes.

    Raises PolicyOutdated when one is not in force. Repeating changes nothing.
    """
    by.require("records.accept_policies", owner=customer.pk)
    present = now()
    versions = list(
        PolicyVersion.objects.in_force(present).for_customers().select_related("policy")
    )
    wanted = {version.policy.code: version.number for version in versions}
    if wrong := [code for code in said if said[code] != wanted.get(code)]:
        raise PolicyOutdated(wrong)
    chosen = [version for version in versions if version.policy.code in said]
    return [
        PolicyAcceptance.objects.get_or_create(
            version=version,
            customer=customer,
            defaults={"text_hash": version.text_hash, "accepted_at": present},
        )[0]
        for version in chosen
    ]
