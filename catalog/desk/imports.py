"""Tables of the catalogue that staff import."""

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext_lazy as _

from catalog.actions import price_sku
from catalog.models import Sku
from shop.doors.imports.declared import ImportColumn, Importer, as_fen, as_text, importer
from shop.errors import InvalidValue, Message
from shop.identity.actors import Actor


def price_row(values: Mapping[str, Any], by: Actor) -> None:
    """List and member price of one SKU."""
    sku = Sku.objects.filter(code=values["sku"]).first()
    if sku is None:
        unknown = Message(_("There is no SKU %(code)s."), code=values["sku"])
        raise InvalidValue(fields={"sku": [unknown]})
    price_sku(sku, values["price_fen"], values["member_price_fen"], by=by)


PRICES = importer(
    Importer(
        code="catalog.prices",
        label=_("Prices from a table"),
        purpose=_("Sets the first list and member prices of SKUs, before they are published. Lines"
                  " that are refused change nothing and come back in a file."),
        permission="catalog.price_sku",
        columns=(
            ImportColumn("sku", _("SKU"), as_text, example="EJ-30"),
            ImportColumn("price_fen", _("list price"), as_fen, example="128.00"),
            ImportColumn("member_price_fen", _("member price"), as_fen, True, example="118.00"),
        ),
        apply=price_row,
    )
)  # fmt: skip
