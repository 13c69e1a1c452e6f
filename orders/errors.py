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


class NothingToPick(DomainError):
    """Every order that was asked for is in a wave, packed, held, or not confirmed."""

    code = "nothing-to-pick"
    title = _("None of these orders can be picked now.")


class UnknownCode(DomainError):
    """The scanner read something that is no SKU and no lot of ours."""

    code = "unknown-code"
    title = _("Unknown code.")


class NotInWave(DomainError):
    """What was scanned is ours, and nobody in this wave wants it."""

    code = "not-in-wave"
    title = _("Not wanted in this wave: put it back.")


class OtherLot(DomainError):
    """The right goods of the wrong lot: the one that expires first goes first."""

    code = "other-lot"
    title = _("Wrong lot.")


class LotNeeded(DomainError):
    """Several lots are wanted: a code that names only the goods does not say which was taken."""

    code = "lot-needed"
    title = _("Several lots are wanted: scan the code with the lot.")


class NotThatMany(DomainError):
    """More than is still to be picked of this lot."""

    code = "not-that-many"
    title = _("No more of this lot is wanted: put it back.")


class ScannedTwice(DomainError):
    """One scan counts once, however often it arrives."""

    code = "scanned-twice"
    title = _("The scanner sent this twice: it counted once.")


class AlreadyPacked(DomainError):
    """What a parcel holds is not packed a second time."""

    code = "already-packed"
    title = _("Everything of this order is packed already: hand its parcels over, or unpack one.")


class NotInOrder(DomainError):
    """A parcel holds nothing that was not ordered, and no more of anything than was."""

    code = "not-in-order"
    title = _("This is not what is left of the order: take out what does not belong into it.")


class NotWholeOrder(DomainError):
    """A parcel is complete when it holds all that is left, unless a split is said."""

    code = "not-whole-order"
    title = _("Something of the order is missing: scan it too, or split the order.")


class NotLabelled(DomainError):
    """Nothing leaves without a waybill."""

    code = "not-labelled"
    title = _("A parcel has no waybill.")


class OtherCarrier(DomainError):
    """A driver takes the parcels of their own carrier."""

    code = "other-carrier"
    title = _("A parcel belongs to another carrier.")


class CountDiffers(DomainError):
    """A driver signs for what they counted: both counts are the same, or nothing leaves."""

    code = "count-differs"
    title = _("The driver's count is not ours: count again.")


class SomeHaveLeft(DomainError):
    """Of one case's goods some are in the house and some on their way: their ways back differ."""

    code = "some-have-left"
    title = _("Some of these units have left and some have not: ask for them separately.")


class AlreadyPaid(IllegalTransition):
    """What is paid is not called off: the money goes back by an after-sales case alone."""

    code = "already-paid"
    title = _("This order has been paid: it can no longer be called off.")


class MoreThanBought(DomainError):
    """Units that were bought are given back once: these are not there to ask for."""

    code = "more-than-bought"
    title = _("No more can be asked back than was bought and not yet asked back.")


class ReturnWindowClosed(DomainError):
    """A week after the signature only a defect is a reason (Consumer Protection Law art. 25)."""

    code = "return-window-closed"
    title = _("The seven days for returns without a reason are over.")


class RefundExceedsPayment(DomainError):
    """A payment never gives back more than it brought in."""

    code = "refund-exceeds-payment"
    title = _("More than was paid cannot be given back.")


class RefundTooLate(DomainError):
    """WeChat Pay gives a payment back within a year: later it is a matter of a bank transfer."""

    code = "refund-too-late"
    title = _("WeChat Pay gives money back within a year only: pay it back by bank transfer.")


class TooManyRefunds(DomainError):
    """WeChat Pay gives one payment back in at most fifty parts."""

    code = "too-many-refunds"
    title = _("This payment was given back in fifty parts already: give the rest back by transfer.")


class GoodsBackInStock(DomainError):
    """A contract that was taken back cannot be held against the customer again."""

    code = "goods-back-in-stock"
    title = _("Its goods are back in stock already: the money is owed, refund it again.")


class WordsRefused(DomainError):
    """WeChat's content check holds the words for unlawful; nothing was done."""

    code = "words-refused"
    title = _("This text cannot be taken: please change it and send it again.")
    status = 400

    def __init__(self, field: str) -> None:
        super().__init__(fields={field: [str(self.title)]})


class NotInFen(DomainError):
    """What came in another currency, or without an amount, is given back by hand."""

    code = "not-in-fen"
    title = _("The amount is not known in yuan: give it back in WeChat Pay's merchant platform.")


class NotHeld(DomainError):
    """Only what the automatic checks hold is refused so; anything else is an after-sales case."""

    code = "not-held"
    title = _("The automatic checks do not hold this order (any more).")


class NobodyToTell(DomainError):
    """Everybody who holds units of the lot has been told."""

    code = "nobody-to-tell"
    title = _("Everybody who holds units of this lot has been told.")
