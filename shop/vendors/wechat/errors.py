"""The refusals of WeChat that a caller tells apart; all others are plain VendorRefused."""

from shop.vendors.errors import VendorBusy, VendorRefused


class BadCode(VendorRefused):
    """The login or phone code is wrong, used or older than 5 minutes (40029, 40163)."""


class TooManyLogins(VendorBusy):
    """One user signed in more than 100 times in a minute (45011)."""


class UserBlocked(VendorRefused):
    """WeChat holds this user for a high risk and lets no mini-program sign them in (40226)."""


class NotSubscribed(VendorRefused):
    """The user allows no more messages of this template: refused, used up or withdrawn (43101)."""


class NotSeenLately(VendorRefused):
    """The user has not opened the mini-program for two hours, so WeChat judges nothing (61010)."""


class OrderUnknown(VendorRefused):
    """WeChat Pay knows no order of this number (ORDER_NOT_EXIST)."""


class OrderAlreadyPaid(VendorRefused):
    """The order is paid, so it can be neither prepaid again nor closed (ORDERPAID)."""


class OrderClosed(VendorRefused):
    """The order is closed; to be paid it needs a new number (ORDER_CLOSED)."""


class NumberTaken(VendorRefused):
    """The number was used before with other parameters (OUT_TRADE_NO_USED)."""


class RefundUnknown(VendorRefused):
    """WeChat Pay knows no refund of this number (RESOURCE_NOT_EXISTS)."""


class NotEnoughFunds(VendorBusy):
    """Our account cannot cover the refund now: fund it, then repeat unchanged (NOT_ENOUGH)."""


class PaymentNotKnownYet(VendorBusy):
    """订单发货管理 has not heard of the payment: minutes after it, or for good (10060001)."""


class AlreadyTold(VendorRefused):
    """WeChat knows just this of the shipping (10060023)."""


class ShippingFinished(VendorRefused):
    """WeChat was told before that all of it has left (10060002)."""


class NothingToShip(VendorRefused):
    """The payment is in no state to ship: it was given back (10060004)."""


class NoticeRefused(VendorRefused):
    """A notice that must change nothing."""


class ForgedNotice(NoticeRefused):
    """Not signed by WeChat Pay, or not within 5 minutes of now: answer 401."""


class BadNotice(NoticeRefused):
    """Not a notice we understand, or not meant for us: answer 400."""
