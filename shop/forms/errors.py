"""Refusals of forms and of those who fill them in."""

from django.utils.translation import gettext_lazy as _

from shop.errors import DomainError


class FormFlawed(DomainError):
    """A form that cannot be filled in or scored is not published."""

    code = "form-flawed"
    title = _("This form cannot be published yet.")


class DraftMoved(DomainError):
    """Somebody else changed the draft meanwhile: what is on the page is old."""

    code = "draft-moved"
    title = _("Somebody changed this draft meanwhile. Look at it again.")


class NoFormInForce(DomainError):
    """Nothing of this kind is published."""

    code = "no-form-in-force"
    title = _("No form of this kind is published.")


class NoAttemptLeft(DomainError):
    """Every attempt that the form allows has been used."""

    code = "no-attempt-left"
    title = _("No attempt is left.")


class SheetClosed(DomainError):
    """What was handed in is not changed any more."""

    code = "sheet-closed"
    title = _("This sheet has been handed in.")


class TimeIsUp(DomainError):
    """The sheet's time was over when the answer came, by the house's clock."""

    code = "time-is-up"
    title = _("The time is up. What was saved before counts.")


class OwnSheet(DomainError):
    """What words are worth is said by somebody else than who wrote them."""

    code = "own-sheet"
    title = _("Somebody else marks this sheet: it is your own.")
    status = 403


class NotToBeFilledIn(DomainError):
    """The use of the form does not let this person fill it in about this, or not now."""

    code = "not-to-be-filled-in"
    title = _("This form is not filled in about this by you, or not now.")
