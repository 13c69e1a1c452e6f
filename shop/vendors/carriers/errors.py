"""The refusals of carriers that a caller tells apart; all others are plain VendorRefused."""

from shop.vendors.errors import VendorRefused


class NoSuchWaybill(VendorRefused):
    """快递100 knows no waybill of this number to cancel (30009, 查无此单)."""


class AlreadyFollowed(VendorRefused):
    """The waybill is followed already, so its news come anyway (501, 重复订阅)."""


class PushRefused(VendorRefused):
    """A push that must change nothing."""


class ForgedPush(PushRefused):
    """Not signed with our salt: answer 401."""


class BadPush(PushRefused):
    """Signed, and not a push that we understand: answer 400."""
