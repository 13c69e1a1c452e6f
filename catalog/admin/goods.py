"""Staff pages of the goods: lots, places, and every move."""

from typing import Any

from django.contrib import admin
from django.db.models import (
    Count,
    F,
    IntegerField,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    Sum,
)
from django.db.models.functions import Coalesce
from django.http import HttpRequest
from django.utils.html import format_html
from django.utils.timezone import localtime
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from unfold.paginator import InfinitePaginator

from catalog import rules
from catalog.models import (
    CUSTOMER,
    INSPECTION,
    PACKING,
    PLACES,
    QUARANTINE,
    SHELF,
    Disposal,
    Lot,
    LotBalance,
    LotMove,
    Place,
)
from shop.clock import today
from shop.doors.admin import Choice
from shop.doors.desk.facts import Fact, linked, shown
from shop.doors.desk.readonly import ReadOnlyAdmin, state_badge
from shop.doors.files.desk import link_to
from shop.doors.templatetags.desk import badge
from shop.errors import Text

DISPOSAL_LOOKS = {"proposed": "wait", "done": "good", "called_off": "plain"}
LOT_LOOKS = {"sellable": "good", "quarantined": "wait", "recalled": "bad", "expired": "plain"}
LATEST_MOVES = 50
EMPTY = "—"


def _units_at(place: str) -> Coalesce:
    there = LotBalance.objects.filter(lot=OuterRef("pk"), place=place)
    return Coalesce(Subquery(there.values("quantity")[:1]), 0, output_field=IntegerField())


class AgeFilter(admin.SimpleListFilter):
    """What people look for by its date."""

    title, parameter_name = _("shelf life"), "age"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [("near", _("ends within 90 days")), ("undated", _("without a date"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Lot]) -> QuerySet[Lot]:
        if self.value() == "near":
            ends = (today(), rules.warned_until(today()))
            return queryset.filter(expires_on__gt=ends[0], expires_on__lte=ends[1])
        if self.value() == "undated":
            return queryset.filter(expires_on=None)
        return queryset


class StockedFilter(admin.SimpleListFilter):
    """Lots of which something is in the house, unless all are asked for."""

    title, parameter_name = _("in the house"), "stocked"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [("all", _("and what is used up"))]

    def choices(self, changelist: Any) -> Any:
        stocked, everything = super().choices(changelist)
        return [{**stocked, "display": _("something left")}, everything]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Lot]) -> QuerySet[Lot]:
        if self.value() == "all":
            return queryset
        here = LotBalance.objects.filter(
            place__in=[SHELF, PACKING, QUARANTINE, INSPECTION], quantity__gt=0
        )
        return queryset.filter(pk__in=here.values("lot"))


@admin.register(Lot)
class LotAdmin(ReadOnlyAdmin):
    list_display = (
        "code", "product", "state", "expires_on", "days_left", "on_shelf", "at_packing",
        "set_aside", "with_customers",
    )  # fmt: skip
    list_filter = (("status", admin.ChoicesFieldListFilter), AgeFilter, StockedFilter)
    search_fields = ("code", "sku__code", "document")
    search_help_text = _("Lot number, SKU or document")
    ordering = (F("expires_on").asc(nulls_last=True), "pk")
    record_template = "catalog/desk/lot.html"
    state = state_badge(LOT_LOOKS)
    state.short_description = _("state")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Lot]:
        lots = super().get_queryset(request).select_related("sku__product__live_revision")
        shown: QuerySet[Lot] = lots.annotate(
            shelf=_units_at(SHELF),
            packing=_units_at(PACKING),
            aside=_units_at(QUARANTINE) + _units_at(INSPECTION),
            sold=_units_at(CUSTOMER),
        )
        return shown

    @admin.display(description=_("SKU"), ordering="sku__code")
    def product(self, lot: Lot) -> Any:
        return named(lot)

    @admin.display(description=_("days left"), ordering="expires_on")
    def days_left(self, lot: Lot) -> Any:
        return days_shown(lot)

    @admin.display(description=_("on the shelf"), ordering="shelf")
    def on_shelf(self, lot: Any) -> Any:
        return lot.shelf or EMPTY

    @admin.display(description=_("packing"), ordering="packing")
    def at_packing(self, lot: Any) -> Any:
        return lot.packing or EMPTY

    @admin.display(description=_("set aside"), ordering="aside")
    def set_aside(self, lot: Any) -> Any:
        return lot.aside or EMPTY

    @admin.display(description=_("sold"), ordering="sold")
    def with_customers(self, lot: Any) -> Any:
        return lot.sold or EMPTY

    def facts(self, lot: Any) -> list[Fact]:
        names = ("sku", "code", "produced_on", "expires_on", "document", "received_at")
        fields = [lot._meta.get_field(name) for name in names]
        known = [Fact(field.verbose_name, shown(lot, field)) for field in fields]
        return [*known[:4], Fact(_("days left"), days_shown(lot)), *known[4:]]

    def about(self, request: HttpRequest, lot: Lot) -> dict[str, Any]:
        balances = {one.place_id: one for one in lot.balances.filter(quantity__gt=0)}
        return {
            "state_look": LOT_LOOKS[lot.status],
            "title": lot.code,
            "product": named(lot),
            "balances": [(place_name(code), balances[code]) for code in PLACES if code in balances],
            "moves": moves_shown(lot.moves.select_related("by")[:LATEST_MOVES]),
        }


def named(lot: Lot) -> Any:
    """The SKU with what it is called."""
    live = lot.sku.product.live_revision
    name = f"{live.title} {lot.sku.name}" if live else lot.sku.name
    return format_html("{} <span class='desk-quiet'>{}</span>", linked(lot.sku), name)


def days_shown(lot: Lot) -> Any:
    """How long a lot still keeps, in the colour of its haste."""
    left = lot.days_left(today())
    if left is None or lot.produced_on is None or lot.expires_on is None:
        return EMPTY
    if left <= 0:
        return badge(_("past its day"), "bad")
    if today() >= rules.last_sale_on(lot.produced_on, lot.expires_on):
        return badge(gettext("%d days") % left, "bad")
    if today() >= rules.near_expiry_on(lot.produced_on, lot.expires_on):
        return badge(gettext("%d days") % left, "wait")
    return gettext("%d days") % left


def place_name(code: str) -> Text:
    """A place in the reader's language."""
    return Place.NAMES.get(code, code)


def moves_shown(moves: Any) -> list[dict[str, Any]]:
    """Moves with their places in words."""
    return [
        {"move": move, "way": (place_name(move.from_place_id), place_name(move.to_place_id))}
        for move in moves
    ]


class CauseFilter(Choice):
    title, parameter_name, column = _("cause"), "cause", "cause"
    names = LotMove.Cause.choices


class FromFilter(Choice):
    title, parameter_name, column = _("from place"), "from", "from_place"
    names = list(Place.NAMES.items())


class ToFilter(Choice):
    title, parameter_name, column = _("to place"), "to", "to_place"
    names = list(Place.NAMES.items())


@admin.register(LotMove)
class LotMoveAdmin(ReadOnlyAdmin):
    """The ledger grows for ever: no query of this page counts it."""

    list_display = ("on", "cause_shown", "sku", "lot", "way", "units", "reference", "hand")
    list_filter = (CauseFilter, FromFilter, ToFilter)
    list_select_related = ("sku", "lot", "by")
    search_fields = ("reference",)
    search_help_text = _("Order number or document from its beginning; a whole lot number or SKU")
    paginator = InfinitePaginator
    ordering = ("-pk",)

    @admin.display(description=_("at"))
    def on(self, move: LotMove) -> Any:
        return format_html(
            "<span class='desk-when'>{}</span>", f"{localtime(move.at):%Y-%m-%d %H:%M}"
        )

    @admin.display(description=_("by"))
    def hand(self, move: LotMove) -> Any:
        return format_html("<span class='desk-when'>{}</span>", move.by or EMPTY)

    @admin.display(description=_("cause"))
    def cause_shown(self, move: LotMove) -> Any:
        return move.get_cause_display()

    @admin.display(description=_("from → to"))
    def way(self, move: LotMove) -> str:
        return f"{place_name(move.from_place_id)} → {place_name(move.to_place_id)}"

    @admin.display(description=_("units"))
    def units(self, move: LotMove) -> int:
        return move.quantity

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[LotMove], search_term: str
    ) -> tuple[QuerySet[LotMove], bool]:
        typed = search_term.strip()
        if not typed:
            return queryset, False
        lots = Lot.objects.filter(Q(code=typed) | Q(sku__code=typed))
        if lots.exists():
            return queryset.filter(lot__in=lots), False
        return queryset.filter(reference__startswith=typed), False

    def facts(self, move: Any) -> list[Fact]:
        names = ("cause", "sku", "lot", "quantity", "reference", "at", "by")
        fields = [move._meta.get_field(name) for name in names]
        way = Fact(_("from → to"), self.way(move))
        return [way, *(Fact(field.verbose_name, shown(move, field)) for field in fields)]


@admin.register(Place)
class PlaceAdmin(ReadOnlyAdmin):
    list_display = ("title", "lots", "units")
    ordering = ("position",)
    record_template = "catalog/desk/place.html"

    def get_queryset(self, request: HttpRequest) -> QuerySet[Place]:
        here = LotBalance.objects.filter(place=OuterRef("pk"), quantity__gt=0).values("place")
        places: QuerySet[Place] = super().get_queryset(request).annotate(
            lots=Subquery(here.annotate(all=Count("pk")).values("all")),
            held=Subquery(here.annotate(all=Sum("quantity")).values("all")),
        )  # fmt: skip
        return places

    @admin.display(description=_("place"), ordering="position")
    def title(self, place: Place) -> Text:
        return str(place)

    @admin.display(description=_("lots"))
    def lots(self, place: Any) -> Any:
        return place.lots or EMPTY

    @admin.display(description=_("units"))
    def units(self, place: Any) -> Any:
        return place.held or EMPTY

    def about(self, request: HttpRequest, place: Place) -> dict[str, Any]:
        balances = LotBalance.objects.filter(place=place, quantity__gt=0)
        first = balances.order_by(F("lot__expires_on").asc(nulls_last=True), "lot")
        return {
            "balances": [
                {"balance": one, "product": named(one.lot), "days_left": days_shown(one.lot)}
                for one in first.select_related("lot__sku__product__live_revision")[:LATEST_MOVES]
            ],
        }


@admin.register(Disposal)
class DisposalAdmin(ReadOnlyAdmin):
    list_display = ("__str__", "product", "state", "way", "proposed_by", "witness", "ended_at")
    list_filter = (("status", admin.ChoicesFieldListFilter), "way")
    list_select_related = ("lot__sku__product__live_revision", "proposed_by", "witness")
    search_fields = ("lot__code", "lot__sku__code")
    leave_out = frozenset({"evidence", "status"})
    state = state_badge(DISPOSAL_LOOKS)
    state.short_description = _("state")

    @admin.display(description=_("SKU"))
    def product(self, disposal: Disposal) -> Any:
        return named(disposal.lot)

    def facts(self, disposal: Disposal) -> list[Fact]:
        return [
            Fact(_("SKU"), named(disposal.lot)),
            Fact(_("state"), disposal.get_status_display()),
            *super().facts(disposal),
            Fact(_("evidence"), link_to(disposal.evidence)),
        ]
