"""Refusals of the order's life."""

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from marketing.rules import MAX_LINE_QUANTITY
from shop.errors import DomainError, IllegalTransition, InvalidValue


class NotOnSale(DomainError):
    """Something asked for is not sold, or no longer."""

    code = "not-on-sale"
    title = _("This product is not on sale.")


class QuantityRefused(InvalidValue):
    """A line has at least one unit, and no more than a household takes."""

    def __init__(self) -> None:
        asked = gettext("A quantity is from 1 to %d.") % MAX_LINE_QUANTITY
        super().__init__(fields={"quantity": [asked]})


class CartIsFull(DomainError):
    """A cart holds at most fifty lines."""

    code = "cart-is-full"
    title = _("The cart is full: remove something first.")


class CartIsEmpty(DomainError):
    """There is nothing to order."""

    code = "cart-is-empty"
    title = _("The cart is empty.")


class PriceChanged(DomainError):
    """The amount the buyer saw is not the amount due now: show the new one and ask again."""

    code = "price-changed"
    title = _("The price has changed: please check the order again.")


class AddressUnknown(DomainError):
    """The address is not in this customer's book."""

    code = "address-unknown"
    title = _("Choose one of your addresses.")
    status = 400


class WaybillUsed(DomainError):
    """The carrier gave this waybill to another parcel."""

    code = "waybill-used"
    title = _("This waybill already belongs to another order.")


class AlreadyPaid(IllegalTransition):
    """What is paid is not called off: the money goes back by an after-sales case alone."""

    code = "already-paid"
    title = _("This order has been paid: it can no longer be called off.")
