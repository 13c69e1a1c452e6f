"""Who decides in whose name."""

from datetime import datetime, timedelta

from django.db import transaction
from django.utils.translation import gettext as _

from shop.clock import now
from shop.errors import InvalidValue, NotFound
from shop.events.outbox import publish
from shop.identity.actors import Actor
from shop.identity.models import User
from shop.work import rules
from shop.work.errors import DeputyNamedAlready, PersonAway
from shop.work.events import DeputationEnded, DeputyNamed
from shop.work.models import Deputation

LONGEST_SPAN = timedelta(days=92)


def name_deputy(
    deputy: User, starts_at: datetime, ends_at: datetime, why: str, *, by: Actor
) -> Deputation:
    """Let somebody decide in one's own name for a span of at most 92 days.

    Raises InvalidValue, PersonAway, DeputyNamedAlready.
    """
    by.require("work.name_deputy")
    _check_span(starts_at, ends_at)
    if by.user is None or deputy.pk == by.user.pk:
        raise InvalidValue(fields={"deputy": [_("Choose somebody else.")]})
    if not why.strip():
        raise InvalidValue(fields={"why": [_("Say why.")]})
    with transaction.atomic():
        principal = User.objects.select_for_update(no_key=True).get(pk=by.user.pk)
        if not User.objects.filter(pk=deputy.pk, is_active=True, groups__isnull=False).exists():
            raise PersonAway
        current = Deputation.objects.filter(principal=principal, ended_at=None)
        if current.filter(starts_at__lt=ends_at, ends_at__gt=starts_at).exists():
            raise DeputyNamedAlready
        named = Deputation.objects.create(
            principal=principal, deputy=deputy, starts_at=starts_at, ends_at=ends_at,
            why=why.strip()[: rules.LONGEST_TEXT], named_at=now(),
        )  # fmt: skip
        publish(DeputyNamed(named.pk, principal.pk, deputy.pk), by=by)
    return named


def _check_span(starts_at: datetime, ends_at: datetime) -> None:
    if ends_at <= max(starts_at, now()) or ends_at - starts_at > LONGEST_SPAN:
        raise InvalidValue(fields={"ends_at": [_("At most three months, and not in the past.")]})


def end_deputation(deputation: Deputation, *, by: Actor) -> Deputation:
    """Decide oneself again before the span is over. A second time changes nothing."""
    by.require("work.end_deputation")
    with transaction.atomic():
        deputation = Deputation.objects.select_for_update(no_key=True).get(pk=deputation.pk)
        if by.user is not None and deputation.principal_id != by.user.pk:
            raise NotFound
        if deputation.ended_at is None:
            deputation.ended_at = now()
            deputation.save(update_fields=["ended_at"])
            publish(
                DeputationEnded(deputation.pk, deputation.principal_id, deputation.deputy_id), by=by
            )
    return deputation
