"""Asking for a price change, calling it off, and how it reads where it is approved (CA7)."""

from datetime import date, datetime
from typing import Any

from django import forms
from django.utils.dateparse import parse_date
from django.utils.timezone import localtime
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from catalog.actions import PriceProposal, ask_price_change, withdraw_price_change
from catalog.actions.price_changes import Competitor
from catalog.kinds import PRICE_CHANGE
from catalog.models import PriceChange, Sku
from catalog.selectors.prices import limits_of
from shop.books.money import yuan
from shop.doors.desk.approvals import words_for
from shop.doors.desk.buttons import button
from shop.doors.desk.fields import YuanField
from shop.errors import Text

PARTS = 4  # of a line about a competitor


class CompetitorsField(forms.CharField):
    """One a line: name, price in yuan, where it was seen, on which day."""

    widget = forms.Textarea({"rows": 3, "placeholder": "京东自营, 119.00, 商品页, 2026-11-20"})

    def clean(self, value: Any) -> list[Competitor]:
        """Raises ValidationError naming the line that cannot be read."""
        lines = [line for line in super().clean(value).splitlines() if line.strip()]
        return [self._read(line) for line in lines]

    def _read(self, line: str) -> Competitor:
        parts = [part.strip() for part in line.replace("，", ",").split(",")]
        seen = _day(parts[-1])
        price_fen = YuanField(required=False).clean(parts[1]) if len(parts) == PARTS else None
        if price_fen is None or seen is None or not all(parts):
            raise forms.ValidationError(
                gettext(
                    "“%(line)s”: name, price, source and date (2026-11-20), with commas between."
                )
                % {"line": line}
            )
        return Competitor(parts[0], price_fen, parts[2], seen)


def _day(text: str) -> date | None:
    try:
        return parse_date(text)
    except ValueError:
        return None


class PriceChangeForm(forms.Form):
    """New prices in yuan with what stands behind them."""

    price_fen = YuanField(label=_("New list price (¥)"))
    member_price_fen = YuanField(
        label=_("New member price (¥)"),
        required=False,
        help_text=_("Empty: members pay list price."),
    )
    cost_fen = YuanField(label=_("Cost (¥)"))
    floor_fen = YuanField(label=_("Floor (¥)"), help_text=_("Nobody is offered less."))
    ceiling_fen = YuanField(label=_("Ceiling (¥)"))
    reason = forms.ChoiceField(label=_("Reason"), choices=PriceChange.Reason.choices)
    why = forms.CharField(
        label=_("Grounds"), max_length=300, widget=forms.Textarea({"rows": 2, "maxlength": 300})
    )
    competitors = CompetitorsField(
        label=_("Competitors' prices"),
        help_text=_("One a line: name, price, source, date."),
    )
    effective_at = forms.DateTimeField(
        label=_("Takes effect"),
        required=False,
        widget=forms.DateTimeInput({"type": "datetime-local"}),
        help_text=_("Empty: as soon as it is approved."),
    )

    def clean(self) -> dict[str, Any]:
        """What `ask_price_change` is called with."""
        said = super().clean() or {}
        return said if self.errors else {"proposal": PriceProposal(**said)}


def may_be_repriced(sku: Sku) -> bool:
    return hasattr(sku, "offer") and not sku.price_changes.pending().exists()


def as_they_are(sku: Sku) -> dict[str, Any]:
    """Prices and limits of today, to be written over."""
    held = limits_of(sku)
    limits = ("cost_fen", "floor_fen", "ceiling_fen")
    return {
        "price_fen": sku.offer.price_fen,
        "member_price_fen": sku.offer.member_price_fen,
        **({name: getattr(held, name) for name in limits} if held else {}),
    }


button(
    ask_price_change,
    _("Ask for a price change"),
    _("Asked: a second person decides now."),
    form=PriceChangeForm,
    when=may_be_repriced,
)
button(
    withdraw_price_change,
    _("Withdraw"),
    _("Withdrawn: the price stays."),
    confirm=_("The price will not change on that day. Withdraw it?"),
)


@words_for(PRICE_CHANGE)
def price_change_in_words(key: str, value: Any) -> Text:
    """Money in yuan, the day as a day."""
    if key.endswith("_fen") and value is not None:
        return yuan(value)
    if key == "effective_at":
        return f"{localtime(datetime.fromisoformat(value)):%Y-%m-%d %H:%M}"
    return str(value)
