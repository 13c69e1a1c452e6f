"""Refusals of dated documents."""

from django.utils.translation import gettext_lazy as _

from shop.errors import DomainError


class PaperKnown(DomainError):
    """This number is filed for this time already."""

    code = "paper-known"
    title = _("This document has been filed already.")


class PaperLapsed(DomainError):
    """What is asked for needs a document that has lapsed; it goes on when the next one is filed."""

    code = "paper-lapsed"
    title = _("A document that this needs has lapsed.")
