"""The packing table: what was picked is scanned into parcels, and each gets its waybill."""

import json
from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from orders import actions, rules
from orders.desk.picking import may_see, page, paper, refused
from orders.models import Carrier, Order, Parcel
from orders.rendering import packing_slip_of
from orders.selectors import waves
from orders.selectors.goods import lines_to_pack, to_pack_of
from shop.doors.desk.live import staff_fragment, staff_page
from shop.doors.desk.rows import actor_of
from shop.errors import DomainError


@require_GET
@staff_page
def bench(request: HttpRequest) -> HttpResponse:
    """The orders that were picked, the oldest promise first; scan one."""
    may_see(request)
    context = {"title": _("Packing table"), "waiting": waves.to_pack()[:100]}
    return page(request, "orders/warehouse/bench.html", context)


@require_GET
@staff_page
def check(request: HttpRequest, number: str) -> HttpResponse:
    """One order's pack check: everything that goes into the parcel is scanned."""
    may_see(request)
    order = order_or_404(request, number)
    wave = waves.wave_of(order)
    unlabelled = order.parcels.packed().filter(waybill="").first()
    context = {
        "title": _("Pack order %(number)s") % {"number": order.number},
        "order": order,
        "expected": waves.expected_at_packing(order),
        "unlabelled": unlabelled,
        "parcels": order.parcels.live().order_by("pk"),
        "carriers": Carrier.choices,
        "wave": wave,
        "carrier": wave.carrier if wave else "",
        "not_picked": not_picked(order),
        "echo": int(rules.ECHO.total_seconds() * 1000),
        "addresses": {"parcel": reverse("warehouse:label", args=[0]),
                      "slip": reverse("warehouse:slip", args=[0])},
    }  # fmt: skip
    return page(request, "orders/warehouse/check.html", context)


def order_or_404(request: HttpRequest, number: str) -> Order:
    return get_object_or_404(Order.objects.visible_to(actor_of(request)), number=number)


def not_picked(order: Order) -> int:
    """Units of it that are neither packed nor on the table yet."""
    wanted = sum(to_pack_of(line) for line in lines_to_pack(order))
    return wanted - sum(waves.units_at_packing(order).values())


@require_POST
@staff_fragment
def close(request: HttpRequest, number: str) -> HttpResponse:
    """Close the parcel with what was scanned: [[SKU, lot, quantity], …]."""
    order = order_or_404(request, number)
    try:
        sent = json.loads(request.body)
        units = {(int(sku), int(lot)): int(n) for sku, lot, n in sent["units"]}
    except (ValueError, KeyError, TypeError):
        return JsonResponse({"message": _("Unknown code.")}, status=400)
    try:
        split = sent.get("split") is True
        parcel = actions.pack_parcel(order, units, split=split, by=actor_of(request))
    except DomainError as refusal:
        return refused(refusal)
    return JsonResponse({"parcel": parcel.pk, "message": _("Closed. Scan its waybill.")})


@require_POST
@staff_fragment
def label(request: HttpRequest, pk: int) -> HttpResponse:
    """Put the scanned waybill on the parcel."""
    parcel = parcel_or_404(request, pk)
    try:
        sent: dict[str, Any] = json.loads(request.body)
        carrier, waybill = str(sent["carrier"]), str(sent["waybill"])
    except (ValueError, KeyError, TypeError):
        return JsonResponse({"message": _("Unknown code.")}, status=400)
    try:
        actions.label_parcel(parcel, carrier, waybill, by=actor_of(request))
    except DomainError as refusal:
        return refused(refusal)
    return JsonResponse({"message": _("Packed and labelled.")})


def parcel_or_404(request: HttpRequest, pk: int) -> Parcel:
    rows = Parcel.objects.visible_to(actor_of(request)).select_related("order")
    return get_object_or_404(rows, pk=pk)


@require_GET
@staff_page
def slip(request: HttpRequest, pk: int) -> HttpResponse:
    """What goes into the parcel on top of the goods."""
    may_see(request)
    parcel = parcel_or_404(request, pk)
    return paper(packing_slip_of(parcel), f"P{parcel.pk:06d}.pdf")
