"""The supervisor's view: what lies with each post and person of the team, and how late it is."""

from dataclasses import dataclass
from typing import Any

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from shop.clock import now
from shop.doors.desk.live import staff_fragment, staff_page, unless_known
from shop.doors.desk.queues import fingerprint
from shop.doors.desk.rows import actor_of
from shop.doors.desk.words import words
from shop.doors.desk.work import HAND_OVER, WORK
from shop.identity.actors import Actor
from shop.work.rules import team_of
from shop.work.selectors import Load, team_loads

MOST_LISTED = 6


@dataclass(frozen=True)
class Heap:
    """What lies with one post or person, as the page shows it."""

    load: Load

    @property
    def key(self) -> str:
        return f"{self.load.role}:{self.load.user.pk if self.load.user else ''}"

    @property
    def lines(self) -> list[dict[str, Any]]:
        """The late ones first, each with the page that hands it over."""
        late = {item.pk: by for item, by in self.load.late}
        items = sorted(self.load.items, key=lambda item: item.pk not in late)
        return [
            {"item": item, "late": late.get(item.pk), "hand_over": HAND_OVER.address(item)}
            for item in items[:MOST_LISTED]
        ]

    @property
    def more(self) -> int:
        return max(0, len(self.load.items) - MOST_LISTED)


def leads_a_team(request: HttpRequest) -> bool:
    """Whether a post of theirs supervises another."""
    user: Any = request.user
    return any(team_of(role.code) for role in user.roles)


@require_GET
@staff_page
def team(request: HttpRequest) -> HttpResponse:
    """The page of the team; 403 for whoever leads none."""
    if not leads_a_team(request):
        raise PermissionDenied
    context = {
        **admin.site.each_context(request),
        "title": _("My team"),
        "words": words(),
        **loads(actor_of(request)),
    }
    return TemplateResponse(request, "work/desk/team.html", context)


@require_GET
@staff_fragment
def rows(request: HttpRequest) -> HttpResponse:
    """Its rows alone; 304 while nothing has moved and no minute has passed."""
    if not leads_a_team(request):
        raise PermissionDenied
    context = loads(actor_of(request))
    lying = [(heap.key, [(i.pk, i.status) for i in heap.load.items]) for heap in context["heaps"]]
    etag = fingerprint(f"{get_language()} {lying} {now():%d%H%M}")
    return unless_known(
        request, etag, lambda: TemplateResponse(request, "work/desk/team_rows.html", context)
    )


def loads(actor: Actor) -> dict[str, Any]:
    heaps = [Heap(load) for load in team_loads(actor)]
    return {
        "heaps": heaps,
        "patience": WORK.patience,
        "open": sum(len(heap.load.items) for heap in heaps),
        "late": sum(len(heap.load.late) for heap in heaps),
    }
