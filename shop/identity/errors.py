"""Refusals of identity."""

from django.utils.translation import gettext_lazy as _

from shop.errors import DomainError


class TooManyAddresses(DomainError):
    """An address book holds at most twenty."""

    code = "too-many-addresses"
    title = _("The address book is full: remove an address first.")
