"""The pages of waves: what can be released, and the walk that a scanner counts."""

import json
from datetime import timedelta
from typing import Any
from uuid import UUID

from django import forms
from django.contrib import admin, messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy
from django.views.decorators.http import require_GET, require_POST

from catalog.models import Lot
from orders import actions, rules
from orders.models import Carrier, Wave
from orders.rendering import pick_list_of
from orders.selectors import waves
from shop.doors.desk.live import staff_fragment, staff_page, unless_known
from shop.doors.desk.queues import fingerprint
from shop.doors.desk.rows import actor_of
from shop.errors import DomainError
from shop.identity.actors import Actor

MAY_SEE = "orders.view_wave"
SHORT_PICKS = {
    "missing": _lazy("not on the shelf"),
    "damaged": _lazy("damaged"),
    "unsellable": _lazy("may not be sold any more"),
}


class ShortForm(forms.Form):
    """How many of a lot cannot be taken, and why."""

    lot = forms.IntegerField(min_value=1)
    missing = forms.IntegerField(min_value=1, max_value=999)
    reason = forms.ChoiceField(choices=list(SHORT_PICKS.items()))


@require_GET
@staff_page
def home(request: HttpRequest) -> HttpResponse:
    """What can be picked, which waves are under way, what waits to be packed or to leave."""
    may_see(request)
    ready = waves.ready_to_pick()
    province, one_line = request.GET.get("province", ""), "one_line" in request.GET
    chosen = waves.narrowed(ready, province, one_line=one_line)
    context = {
        "title": _("Waves"),
        "ready": ready.count(),
        "chosen": chosen.count(),
        "most": rules.MOST_IN_WAVE,
        "provinces": waves.provinces_of(ready),
        "province": province,
        "one_line": one_line,
        "carriers": Carrier.choices,
        "waves": waves.under_way(),
        "benched": waves.to_pack().count(),
        "leaving": waves.to_leave(),
    }
    return page(request, "orders/warehouse/home.html", context)


def may_see(request: HttpRequest) -> Actor:
    """Whoever may not look is told that there is no such page."""
    actor = actor_of(request)
    if not actor.may(MAY_SEE):
        raise Http404
    return actor


def page(request: HttpRequest, template: str, context: dict[str, Any]) -> HttpResponse:
    return TemplateResponse(request, template, {**admin.site.each_context(request), **context})


@require_POST
@staff_page
def release(request: HttpRequest) -> HttpResponse:
    """Release what was suggested, as it is now."""
    by = may_see(request)
    chosen = waves.narrowed(
        waves.ready_to_pick(), request.POST.get("province", ""), one_line="one_line" in request.POST
    )
    carrier = request.POST.get("carrier", "")
    try:
        made = actions.release_wave(
            chosen[: rules.MOST_IN_WAVE], carrier if carrier in Carrier.values else "", by=by
        )
    except DomainError as refusal:
        messages.error(request, str(refusal))
        return redirect("warehouse:home")
    return redirect("warehouse:wave", made.pk)


@require_GET
@staff_page
def wave(request: HttpRequest, pk: int) -> HttpResponse:
    """The walk through the shelves: one field, and a row per lot."""
    found = wave_or_404(request, pk)
    context = {"title": str(found), "wave": found, "reasons": SHORT_PICKS, **walk(found)}
    return page(request, "orders/warehouse/wave.html", context)


def wave_or_404(request: HttpRequest, pk: int) -> Wave:
    rows = Wave.objects.visible_to(actor_of(request)).select_related("released_by")
    return get_object_or_404(rows, pk=pk)


def walk(found: Wave) -> dict[str, Any]:
    """What is to be taken, and what of it must go back because its order was taken out."""
    picks = waves.walk_of(found)
    return {
        "picks": picks,
        "next": next((pick for pick in picks if not pick.is_done), None),
        "taken": sum(pick.picked for pick in picks),
        "wanted": sum(pick.wanted for pick in picks),
        "put_back": waves.to_put_back(found),
    }


@require_GET
@staff_fragment
def rows(request: HttpRequest, pk: int) -> HttpResponse:
    """The rows alone; 304 while they are what the page has."""
    found = wave_or_404(request, pk)
    shown = walk(found)
    state = [(p.lot.pk, p.to_pick, p.picked, p.lost) for p in shown["picks"]]
    etag = fingerprint(json.dumps([state, shown["put_back"], get_language()], default=str))
    context = {"wave": found, "reasons": SHORT_PICKS, **shown}
    return unless_known(
        request, etag, lambda: TemplateResponse(request, "orders/warehouse/walk.html", context)
    )


@require_POST
@staff_fragment
def scan(request: HttpRequest, pk: int) -> HttpResponse:
    """One label; what it counted, or why not."""
    found = wave_or_404(request, pk)
    try:
        sent = json.loads(request.body)
        gap = None if sent.get("gap") is None else timedelta(milliseconds=int(sent["gap"]))
        read = actions.Scan(str(sent["text"])[:80], UUID(str(sent["key"])), gap)
    except (ValueError, KeyError, TypeError, AttributeError, OverflowError):
        return JsonResponse({"message": _("Unknown code.")}, status=400)
    try:
        picked = actions.pick(found, read, by=actor_of(request))
    except DomainError as refusal:
        return refused(refusal)
    told = {"sku": picked.lot.sku.code, "lot": picked.lot.code, "left": picked.left}
    words = _("%(sku)s, lot %(lot)s: done") if not picked.left else _("%(sku)s: %(left)d to go")
    return JsonResponse({"message": words % told, "count": picked.quantity})


def refused(refusal: DomainError) -> JsonResponse:
    """What the signal shows in large letters, and below it what helps."""
    said = [text for texts in refusal.fields.values() for text in texts]
    title, detail = str(refusal.title), str(refusal)
    more = " ".join(str(text) for text in (*([detail] if detail != title else []), *said))
    return JsonResponse(
        {"message": title, "detail": more, "code": refusal.code}, status=refusal.status
    )


@require_POST
@staff_page
def short(request: HttpRequest, pk: int) -> HttpResponse:
    """Units that cannot be taken."""
    found = wave_or_404(request, pk)
    form = ShortForm(request.POST)
    if not form.is_valid():
        messages.error(request, _("Say how many are missing, and why."))
        return redirect("warehouse:wave", pk)
    lot = get_object_or_404(Lot, pk=form.cleaned_data["lot"])
    missing, reason = form.cleaned_data["missing"], form.cleaned_data["reason"]
    try:
        actions.report_short_pick(found, lot, missing, reason, by=actor_of(request))
        messages.success(request, _("Noted. What is to be taken instead is in the list."))
    except DomainError as refusal:
        messages.error(request, str(refusal))
    return HttpResponseRedirect(reverse("warehouse:wave", args=[pk]))


@require_GET
@staff_page
def pick_list(request: HttpRequest, pk: int) -> HttpResponse:
    """The walk on paper."""
    found = wave_or_404(request, pk)
    return paper(pick_list_of(found), f"{found}.pdf")


def paper(content: bytes, name: str) -> HttpResponse:
    """A PDF for the browser's own viewer, kept by nobody."""
    answer = HttpResponse(content, content_type="application/pdf")
    answer["Content-Disposition"] = f'inline; filename="{name}"'
    answer["Cache-Control"] = "no-store"
    return answer
