"""The values of each paper, and the paper. No consignee is named on them beyond the mask."""

from datetime import date, datetime
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db.models import Sum
from django.utils.translation import get_language, override
from django.utils.translation import gettext as _

from catalog.models import Product
from catalog.rules import HEALTH_FOOD_NOTICE
from orders.models import Carrier, HandOver, Order, Parcel, Wave
from orders.selectors.waves import PickRow, walk_of
from shop.clock import SHANGHAI
from shop.doors.documents import pdf_of, qr_of
from shop.identity.rules import masked_name, masked_phone

TEMPLATES = Path(__file__).parent
NO_DATE = "—"


def pick_list_of(wave: Wave) -> bytes:
    """The walk of a wave by lot, and the codes of its orders for the packing table."""
    return pdf_of(TEMPLATES / "pick_list.typ", _pick_values(wave))


def _pick_values(wave: Wave) -> dict[str, Any]:
    rows = walk_of(wave)
    orders = Order.objects.filter(pick_tasks__in=wave.tasks.live()).order_by("pk")
    bought = list(orders.annotate(units=Sum("lines__quantity")).values_list("number", "units"))
    carrier = Carrier(wave.carrier).label if wave.carrier else ""
    units = sum(row.wanted for row in rows)
    note = [
        _("%(orders)d orders, %(units)d units") % {"orders": len(bought), "units": units},
        str(carrier),
        _instant(wave.released_at),
        str(wave.released_by or ""),
    ]
    return {
        **_frame(_("Pick list"), str(wave), "a4"),
        "note": " · ".join(filter(None, note)),
        "words": {
            "columns": [_("place"), _("SKU"), _("product"), _("lot"), _("best before"),
                        _("quantity"), ""],
            "orders": _("The orders of this wave"),
        },
        "picks": [_pick(row) for row in rows],
        "orders": [
            {"number": number, "qr": qr_of(number), "goods": _("%(n)d units") % {"n": units}}
            for number, units in bought
        ],
    }  # fmt: skip


def _pick(row: PickRow) -> dict[str, Any]:
    return {
        "place": _("shelf"),
        "sku": row.lot.sku.code,
        "title": row.title,
        "specification": row.specification,
        "lot": row.lot.code,
        "expires_on": _day(row.lot.expires_on),
        "quantity": row.wanted,
    }


def packing_slip_of(parcel: Parcel) -> bytes:
    """What is in the parcel, by lot and expiry, for whoever opens it: in Chinese."""
    with override("zh-hans"):
        return pdf_of(TEMPLATES / "packing_slip.typ", pack_values(parcel))


def pack_values(parcel: Parcel) -> dict[str, Any]:
    """What the slip says; the statement that the law wants wherever health food is in it."""
    order = parcel.order
    lines = list(parcel.lines.select_related("line__sku__product", "lot"))
    kinds = {packed.line.sku.product.kind for packed in lines}
    siblings = list(order.parcels.live().order_by("pk").values_list("pk", flat=True))
    which = {"n": siblings.index(parcel.pk) + 1, "of": len(siblings)}
    note = [settings.SHOP_NAME, _("parcel %(n)d of %(of)d") % which, _instant(parcel.packed_at)]
    return {
        **_frame(_("Packing slip"), order.number, "a5"),
        "note": " · ".join(note),
        "consignee": f"{masked_name(order.recipient)} {masked_phone(order.phone)}",
        "region": order.region,
        "words": {
            "columns": [_("product"), _("lot"), _("best before"), _("quantity")],
            "consignee": _("recipient"),
            "thanks": _("Is something missing or damaged? Please tell our service in WeChat."),
        },
        "lines": [
            {
                "title": packed.line.title,
                "specification": packed.line.specification,
                "lot": packed.lot.code if packed.lot else NO_DATE,
                "expires_on": _day(packed.lot.expires_on if packed.lot else None),
                "quantity": packed.quantity,
            }
            for packed in lines
        ],
        "notices": [HEALTH_FOOD_NOTICE] if Product.Kind.HEALTH_FOOD in kinds else [],
    }


def hand_over_list_of(handed: HandOver) -> bytes:
    """The parcels that a driver signs for."""
    return pdf_of(TEMPLATES / "hand_over_list.typ", _hand_over_values(handed))


def _hand_over_values(handed: HandOver) -> dict[str, Any]:
    parcels = handed.parcels.select_related("order").order_by("pk")
    note = [str(Carrier(handed.carrier).label), _instant(handed.at), str(handed.by or "")]
    return {
        **_frame(_("Hand-over list"), str(handed), "a4"),
        "note": " · ".join(filter(None, note)),
        "words": {
            "columns": [_("no."), _("waybill"), _("order number"), _("sent to")],
            "signatures": [_("driver"), _("warehouse"), _("date")],
        },
        "total": _("%(count)d parcels in all") % {"count": handed.count},
        "parcels": [
            {"waybill": parcel.waybill, "order": parcel.order.number,
             "province": parcel.order.province}
            for parcel in parcels
        ],
    }  # fmt: skip


def _frame(title: str, code: str, size: str) -> dict[str, str]:
    language = "zh" if (get_language() or "").startswith("zh") else "en"
    return {"title": title, "code": code, "qr": qr_of(code), "paper": size, "lang": language}


def _instant(at: datetime) -> str:
    return f"{at.astimezone(SHANGHAI):%Y-%m-%d %H:%M}"


def _day(on: date | None) -> str:
    return NO_DATE if on is None else f"{on:%Y-%m-%d}"
