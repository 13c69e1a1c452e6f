"""The dock: labelled parcels are counted out to a carrier's driver."""

import json

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from orders import actions
from orders.desk.picking import may_see, page, paper, refused
from orders.models import Carrier, HandOver, Parcel
from orders.rendering import hand_over_list_of
from orders.selectors import waves
from shop.doors.desk.live import staff_fragment, staff_page
from shop.doors.desk.rows import actor_of
from shop.errors import DomainError


@require_GET
@staff_page
def dock(request: HttpRequest) -> HttpResponse:
    """A carrier's parcels; scan each one as it goes over the counter."""
    may_see(request)
    ready = waves.to_leave()
    carrier = request.GET.get("carrier", "") or next((one.code for one in ready if one.count), "SF")
    if carrier not in Carrier.values:
        raise Http404
    parcels = Parcel.objects.packed().filter(carrier=carrier).exclude(waybill="")
    context = {
        "title": _("Hand over to the driver"),
        "carrier": Carrier(carrier),
        "ready": ready,
        "parcels": parcels.select_related("order").order_by("pk")[:300],
    }
    return page(request, "orders/warehouse/leaving.html", context)


@require_POST
@staff_fragment
def give(request: HttpRequest, carrier: str) -> HttpResponse:
    """Hand over the parcels that were scanned, if the driver counted as many."""
    may_see(request)
    try:
        sent = json.loads(request.body)
        asked, counted = [int(pk) for pk in sent["parcels"]], int(sent["counted"])
    except (ValueError, KeyError, TypeError):
        return JsonResponse({"message": _("Unknown code.")}, status=400)
    by = actor_of(request)
    parcels = list(Parcel.objects.visible_to(by).filter(pk__in=asked))
    try:
        handed = actions.hand_over(carrier, parcels, counted=counted, by=by)
    except DomainError as refusal:
        return refused(refusal)
    told = {"count": handed.count, "carrier": Carrier(handed.carrier).label}
    messages.success(request, _("%(count)d parcels handed over to %(carrier)s.") % told)
    return JsonResponse(
        {"to": reverse("admin:orders_handover_change", args=[handed.pk]), "message": _("Done.")}
    )


@require_GET
@staff_page
def hand_over_list(request: HttpRequest, pk: int) -> HttpResponse:
    """What the driver signs."""
    may_see(request)
    handed = get_object_or_404(HandOver.objects.select_related("by"), pk=pk)
    return paper(hand_over_list_of(handed), f"{handed}.pdf")
