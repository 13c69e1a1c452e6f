"""Reads over work: whose it is, what it holds, who could take it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from shop.clock import now
from shop.errors import Text
from shop.identity.actors import Actor
from shop.identity.models import User
from shop.identity.roles import BY_CODE
from shop.work import rules
from shop.work.errors import InAnothersHands, NotYourWork
from shop.work.models import WorkItem, WorkItemQuerySet, posts_under

MOST_NAMED = 6


def is_blocked(subject: str, step: str) -> bool:
    """Whether an open item holds this step (the name of an action) of the subject.

    Whoever asks holds the subject's lock, as does whoever opens what holds it.
    """
    return blocking(subject, step).exists()


def blocking(subject: str, step: str) -> WorkItemQuerySet:
    """The open items that hold this step of the subject."""
    return WorkItem.objects.of(subject).holding(step)


def work_of(actor: Actor) -> WorkItemQuerySet:
    """What is mine to do: in my hands, waiting for my posts, and what was escalated to them."""
    if actor.user is None:
        return WorkItem.objects.none()
    held = [role.code for role in actor.user.roles]
    below = [post for post in rules.SUPERVISORS if rules.supervisor_of(post) in held]
    items = WorkItem.objects.open()
    return (
        items.mine(actor.user)
        | items.of_posts(held)
        | items.filter(role__in=below, escalated_at__isnull=False)
    )


def holders_of(role: str) -> QuerySet[User]:
    """Active staff who hold the post."""
    return User.objects.filter(groups__name=role, is_active=True).order_by("pk")


def first_held(role: str) -> str:
    """The post itself, or the nearest above it that somebody holds; itself when nobody does."""
    for post in rules.line_of(role):
        if holders_of(post).exists():
            return post
    return role


def who_could_take(item: WorkItem) -> str:
    """Names, with their posts, of those whose work this is, and of their supervisors."""
    named: dict[int, str] = {}
    for post in rules.line_of(item.declared.role_for(item.reason)):
        for user in holders_of(post):
            named.setdefault(user.pk, f"{user} ({BY_CODE[post].name})")
    return "、".join(list(named.values())[:MOST_NAMED]) or "—"


def require_hands_on(item: WorkItem, by: Actor) -> None:
    """Its person, a colleague while it is nobody's, and whoever supervises the post.

    The system may always. Raises NotYourWork, InAnothersHands.
    """
    if by.user is None or item.person_id == by.user.pk or _supervises(by.user, item.role):
        return
    if item.role not in {role.code for role in by.user.roles}:
        raise NotYourWork
    if item.person is not None:
        raise InAnothersHands(
            _("%(name)s has this: ask them, or hand it over first.") % {"name": item.person}
        )


def _supervises(user: User, role: str) -> bool:
    held = {post.code for post in user.roles}
    return role not in held and role in posts_under(user)


@dataclass(frozen=True)
class Load:
    """What lies with one post or one person of a team, at one instant."""

    role: str
    user: User | None
    items: tuple[WorkItem, ...]
    late: tuple[tuple[WorkItem, rules.Lateness], ...]

    @property
    def post(self) -> Text:
        return BY_CODE[self.role].name if self.role in BY_CODE else self.role

    @property
    def oldest(self) -> datetime:
        return min(item.opened_at for item in self.items)

    @property
    def worst(self) -> rules.Lateness | None:
        """How late its latest item is."""
        return max((by for _item, by in self.late), key=lambda by: by.wall, default=None)


def team_loads(actor: Actor) -> list[Load]:
    """Open work of every post and person below the actor's posts, the latest first."""
    if actor.user is None:
        return []
    held = {role.code for role in actor.user.roles}
    below = [post for post in posts_under(actor.user) if post not in held]
    lying: dict[tuple[str, int | None], list[WorkItem]] = {}
    for item in WorkItem.objects.open().filter(role__in=below).by_urgency():
        lying.setdefault((item.role, item.person_id), []).append(item)
    at = now()
    loads = [_load(role, items, at) for (role, _person), items in lying.items()]
    return sorted(loads, key=lambda load: (-len(load.late), load.oldest))


def _load(role: str, items: list[WorkItem], at: datetime) -> Load:
    late = [(item, by) for item in items if (by := item.lateness(at)) is not None]
    return Load(role, items[0].person, tuple(items), tuple(late))
