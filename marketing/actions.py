"""What marketing changes."""

from django.db import transaction

from marketing.events import MembershipJoined
from marketing.models import Membership
from shop.clock import now
from shop.events.outbox import publish
from shop.identity.actors import Actor
from shop.identity.models import Customer


def join_membership(customer: Customer, *, by: Actor) -> Membership:
    """Make the customer a member, free and at once; joining again changes nothing."""
    by.require("marketing.join_membership", owner=customer.pk)
    with transaction.atomic():
        membership, is_new = Membership.objects.get_or_create(
            customer=customer, defaults={"joined_at": now()}
        )
        if is_new:
            publish(MembershipJoined(customer_id=customer.pk), by=by)
    return membership
