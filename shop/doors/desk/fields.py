"""Form fields in people's units."""

from decimal import Decimal
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _


class YuanField(forms.DecimalField):
    """An amount typed in yuan with at most two decimals; its value is integer fen."""

    default_error_messages = {
        "max_decimal_places": _("At most two decimals: fen are the smallest coin."),
    }

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(max_digits=12, decimal_places=2, **kwargs)
        self.widget.attrs.setdefault("inputmode", "decimal")

    def clean(self, value: Any) -> int | None:
        amount: Decimal | None = super().clean(value)
        return None if amount is None else int(amount * 100)
