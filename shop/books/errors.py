"""Refusals of the books."""

from django.utils.translation import gettext_lazy as _

from shop.errors import DomainError


class PostedOtherwise(DomainError):
    """A business fact is in the books once: the same fact with other amounts is another fact."""

    code = "posted-otherwise"
    title = _("This is in the books already, with other amounts.")


class AlreadyReversed(DomainError):
    """A journal is reversed once; a reversal is never reversed, but posted again."""

    code = "already-reversed"
    title = _("This journal cannot be reversed: it has been, or is a reversal itself.")
