"""Refusals of the event machinery."""

from django.utils.translation import gettext_lazy as _

from shop.errors import DomainError


class NotParked(DomainError):
    """Only a parked delivery can be replayed or skipped; the relay minds the others."""

    code = "not-parked"
    title = _("This delivery is not parked: the relay is minding it by itself.")
