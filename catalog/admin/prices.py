"""Staff pages of price changes (CA7)."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from catalog.models import PriceChange
from catalog.selectors.prices import reference_of
from shop.books.money import yuan
from shop.doors.desk.readonly import ReadOnlyAdmin, state_badge

CHANGE_LOOKS = {
    "asked": "wait",
    "approved": "go",
    "effective": "good",
    "refused": "bad",
    "withdrawn": "plain",
}


@admin.register(PriceChange)
class PriceChangeAdmin(ReadOnlyAdmin):
    list_display = ("sku", "change", "reason", "state", "asked_by", "approved_by", "effective_at")
    list_filter = ("status", "reason")
    list_select_related = ("sku", "asked_by", "approved_by")
    search_fields = ("sku__code",)
    search_help_text = _("SKU")
    record_template = "catalog/desk/price_change.html"
    leave_out = frozenset({"competitors"})
    state = state_badge(CHANGE_LOOKS)
    state.short_description = _("state")

    @admin.display(description=_("price"))
    def change(self, change: PriceChange) -> str:
        return f"{yuan(change.before_fen)} → {yuan(change.price_fen)}"

    def about(self, request: HttpRequest, change: PriceChange) -> dict[str, Any]:
        lowest = change.price_fen if change.member_price_fen is None else change.member_price_fen
        return {
            "state_look": CHANGE_LOOKS[change.status],
            "margin": yuan(lowest - change.cost_fen),
            "is_below_cost": lowest < change.cost_fen,
            "reference_fen": reference_of(change.sku, change.price_fen, change.effective_at),
        }
