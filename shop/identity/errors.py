"""Refusals of identity."""

from django.utils.translation import gettext_lazy as _

from shop.errors import DomainError


class TooManyAddresses(DomainError):
    """An address book holds at most twenty."""

    code = "too-many-addresses"
    title = _("The address book is full: remove an address first.")


class OwnSecondFactor(DomainError):
    """Nobody takes the second factor off their own account (ST1)."""

    code = "own-second-factor"
    title = _("Nobody resets their own second factor: ask the technical lead or HR.")
    status = 403


class DeviceNotShown(DomainError):
    """The code is not the one that the device shows now."""

    code = "device-not-shown"
    title = _("This code does not match. Wait for the next one and type it in.")
    status = 400
