"""Refusals of identity."""

from django.utils.translation import gettext_lazy as _

from shop.errors import DomainError


class TooManyAddresses(DomainError):
    """An address book holds at most twenty."""

    code = "too-many-addresses"
    title = _("The address book is full: remove an address first.")


class DeviceNotShown(DomainError):
    """The code is not the one that the device shows now."""

    code = "device-not-shown"
    title = _("This code does not match. Wait for the next one and type it in.")
    status = 400
