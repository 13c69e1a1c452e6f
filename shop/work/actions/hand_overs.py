"""Whose work it is: handed over with a reason, released when somebody leaves."""

from collections.abc import Sequence

from django.db import transaction
from django.utils.translation import gettext as _

from shop.clock import now
from shop.errors import InvalidValue
from shop.events.outbox import publish
from shop.events.states import advance
from shop.identity.actors import Actor
from shop.identity.models import User
from shop.identity.roles import BY_CODE
from shop.work import rules
from shop.work.errors import PersonAway, PostVacant
from shop.work.events import WorkItemHandedOver
from shop.work.models import WorkHandOver, WorkItem
from shop.work.rules import Receiver
from shop.work.selectors import holders_of, require_hands_on, who_could_take

LEFT = "left the company"
"""Why an item fell back to its post; its history shows it in the reader's language."""


def hand_over_item(item: WorkItem, to: Receiver, why: str, *, by: Actor) -> WorkItem:
    """Give it to another post or person, with the reason; its clock runs on.

    Raises PostVacant when nobody holds the post and PersonAway when the person has left or holds
    none, both naming who could take it; NotYourWork, InAnothersHands, InvalidValue.
    """
    by.require("work.hand_over_item")
    why = why.strip()[: rules.LONGEST_TEXT]
    if not why:
        raise InvalidValue(fields={"why": [_("Say why it is handed over.")]})
    with transaction.atomic():
        item = WorkItem.objects.locked().get(pk=item.pk)
        require_hands_on(item, by)
        role, person = _received(item, to)
        if (role, person) == (item.role, item.person):
            raise InvalidValue(fields={"to": [_("It lies there already.")]})
        _give(item, role, person, why, by)
    return item


def hand_over_items(items: Sequence[WorkItem], to: Receiver, why: str, *, by: Actor) -> int:
    """Give them all to another post or person with one reason, or none of them; how many.

    Raises as `hand_over_item`, at the first that cannot go.
    """
    by.require("work.hand_over_item")
    if not items:
        raise InvalidValue(fields={"items": [_("Tick what shall be handed over.")]})
    with transaction.atomic():
        for item in sorted(items, key=lambda item: item.pk):
            hand_over_item(item, to, why, by=by)
    return len(items)


def release_items_of(user: User, *, by: Actor) -> int:
    """Everything in this person's hands falls back to its post: they have left. How many."""
    by.require("work.release_items_of")
    with transaction.atomic():
        items = list(WorkItem.objects.open().locked().mine(user))
        for item in items:
            _give(item, item.role, None, LEFT, by)
    return len(items)


def _received(item: WorkItem, to: Receiver) -> tuple[str, User | None]:
    """The post and the person it goes to; a person takes it into a post of theirs."""
    if to.user_id is None:
        if to.role not in BY_CODE or not holders_of(to.role).exists():
            raise PostVacant(_vacancy(item, to.role))
        return to.role, None
    person = User.objects.filter(pk=to.user_id).first()
    posts = [role.code for role in person.roles] if person and person.is_active else []
    if person is None or not posts:
        raise PersonAway(_absence(item, person))
    return (item.role if item.role in posts else posts[0]), person


def _vacancy(item: WorkItem, role: str) -> str:
    post = BY_CODE[role].name if role in BY_CODE else role
    return _("Nobody holds the post “%(post)s” at present. It could go to: %(names)s.") % {
        "post": post,
        "names": who_could_take(item),
    }


def _absence(item: WorkItem, person: User | None) -> str:
    return _("%(person)s does not work here any more. It could go to: %(names)s.") % {
        "person": person or _("This person"),
        "names": who_could_take(item),
    }


def _give(item: WorkItem, role: str, person: User | None, why: str, by: Actor) -> None:
    WorkHandOver.objects.create(
        item=item,
        from_role=item.role,
        from_person=item.person,
        to_role=role,
        to_person=person,
        why=why,
        at=now(),
        handed_by=by.user,
    )
    advance(item, "hand_over")
    item.role, item.person, item.taken_at = role, person, None
    item.save(update_fields=["status", "role", "person", "taken_at"])
    publish(
        WorkItemHandedOver(item.pk, item.kind, item.subject, role, person.pk if person else None),
        by=by,
    )
