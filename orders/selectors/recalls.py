"""Where the goods of a lot went, from the moves' own references."""

from django.db.models import Case, F, IntegerField, Sum, Value, When
from django.db.models.functions import Coalesce, NullIf, StrIndex, Substr

from catalog.models import CUSTOMER, Lot, LotMove
from orders.models import Order, RecalledGoods


def holders_of(lot: Lot) -> dict[int, int]:
    """Order id → units of this lot that its customer holds: what was shipped to them, less what
    came back. A move's reference begins with the order's number.
    """
    to_them = When(to_place=CUSTOMER, then=F("quantity"))
    moves = LotMove.objects.filter(lot=lot).filter(cause__in=[SHIPPED, RETURNED])
    first_word = Substr("reference", 1, NullIf(StrIndex("reference", Value(" ")), 0) - 1)
    held = (
        moves.annotate(number=Coalesce(first_word, F("reference")))
        .order_by()
        .values_list("number")
        .annotate(units=Sum(Case(to_them, default=-F("quantity"), output_field=IntegerField())))
    )
    units = {number: count for number, count in held if count > 0}
    orders = Order.objects.filter(number__in=units).values_list("pk", "number")
    return {pk: units[number] for pk, number in orders}


def open_recalls(lot: Lot) -> bool:
    """Whether of some of its goods nobody has said what became of them."""
    return RecalledGoods.objects.open().filter(lot=lot).exists()


SHIPPED, RETURNED = LotMove.Cause.SHIPPED, LotMove.Cause.RETURNED
