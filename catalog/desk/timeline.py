"""How the figures of the catalogue's events read."""

from django.utils.translation import gettext as _

from catalog.events import SkuPriced, StockReceived
from shop.books.money import yuan
from shop.doors.desk.timeline import in_words


@in_words(SkuPriced)
def priced(event: SkuPriced) -> str:
    if event.member_price_fen is None:
        return yuan(event.price_fen)
    return _("%(price)s, members %(member)s") % {
        "price": yuan(event.price_fen),
        "member": yuan(event.member_price_fen),
    }


@in_words(StockReceived)
def received(event: StockReceived) -> str:
    return _("%(quantity)d units, document %(document)s") % {
        "quantity": event.quantity,
        "document": event.document,
    }
