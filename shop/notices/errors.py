"""Refusals of telling."""

from django.utils.translation import gettext_lazy as _

from shop.errors import DomainError


class ConsentOutdated(DomainError):
    """The customer agreed to a text that is no longer the present one: show it and ask again."""

    code = "consent-outdated"
    title = _("This text has changed: please read it again.")


class NotYourNotice(DomainError):
    """Only its recipient reads a notice."""

    code = "not-your-notice"
    title = _("This notice is for somebody else.")
    status = 403


class GroupIsFull(Exception):
    """The robot has written as much into its group as a minute takes: try again shortly.

    Not a DomainError, which the relay would take for the last word.
    """
