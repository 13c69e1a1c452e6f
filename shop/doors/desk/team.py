"""The supervisor's view: what lies with each post and person of the team, and how late it is."""

from dataclasses import dataclass
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from shop.clock import now
from shop.doors.desk.buttons import tell
from shop.doors.desk.live import staff_fragment, staff_page, unless_known
from shop.doors.desk.queues import fingerprint
from shop.doors.desk.rows import actor_of
from shop.doors.desk.words import words
from shop.doors.desk.work import HAND_OVER, WORK, HandOverForm
from shop.errors import DomainError
from shop.identity.actors import Actor
from shop.work.actions.hand_overs import hand_over_items
from shop.work.models import WorkItem
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
    def who(self) -> str:
        """Its person, or the post that has not taken it."""
        return str(self.load.user or self.load.post)

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


class HeapForm(HandOverForm):
    """What of the heap, all of it unless somebody unticks; to whom, and why."""

    items = forms.ModelMultipleChoiceField(
        label=gettext_lazy("Work"),
        queryset=WorkItem.objects.none(),
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": gettext_lazy("Tick what shall be handed over.")},
    )

    def __init__(self, heap: Heap, *args: Any, **kwargs: Any) -> None:
        lying = [item.pk for item in heap.load.items]
        super().__init__(*args, initial={"items": lying}, **kwargs)
        field: Any = self.fields["items"]
        field.queryset = WorkItem.objects.open().filter(pk__in=lying).by_urgency()
        self.order_fields(["items", "to", "why"])


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


@require_http_methods(["GET", "POST"])
@staff_page
def hand_over(request: HttpRequest, key: str) -> HttpResponse:
    """Give all that lies with one post or person to another, or what is ticked of it."""
    heap = _heap(actor_of(request), key)
    form = HeapForm(heap, request.POST or None)
    if request.method == "POST" and form.is_valid() and _handed_over(request, form):
        return redirect("desk:team")
    context = {
        **admin.site.each_context(request),
        "title": _("Hand over the work of %(name)s") % {"name": heap.who},
        "heap": heap,
        "form": form,
    }
    return TemplateResponse(request, "work/desk/hand_over.html", context)


def _heap(actor: Actor, key: str) -> Heap:
    """404 for what is not of the actor's team, or was done meanwhile."""
    for load in team_loads(actor):
        if (heap := Heap(load)).key == key:
            return heap
    raise Http404


def _handed_over(request: HttpRequest, form: HeapForm) -> bool:
    said = form.cleaned_data
    try:
        count = hand_over_items(said["items"], said["to"], said["why"], by=actor_of(request))
    except DomainError as refusal:
        tell(form, said["items"][0], refusal)
        return False
    messages.success(request, _("Handed over: %(count)s.") % {"count": count})
    return True


def loads(actor: Actor) -> dict[str, Any]:
    heaps = [Heap(load) for load in team_loads(actor)]
    return {
        "heaps": heaps,
        "patience": WORK.patience,
        "open": sum(len(heap.load.items) for heap in heaps),
        "late": sum(len(heap.load.late) for heap in heaps),
    }
