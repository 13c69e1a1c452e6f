"""Refusals of customers' rights; each says what to do first."""

from collections.abc import Iterable

from django.utils.translation import gettext_lazy as _

from shop.errors import DomainError, Text


class ErasureHindered(DomainError):
    """An order is open, or money is owed: `fields` says what."""

    code = "erasure-hindered"
    title = _("Your account cannot be erased yet.")

    def __init__(self, reasons: Iterable[Text]) -> None:
        told = [str(reason) for reason in reasons]
        super().__init__(" ".join([str(self.title), *told]), fields={"hindrances": told})


class ErasureNotConfirmed(DomainError):
    """Erasing wants to be said twice."""

    code = "erasure-not-confirmed"
    title = _(
        "This erases your account. Orders are kept without your name for as long as law demands;"
        " all else goes for good after seven days. Send confirm=erase to go on."
    )
    status = 400


class CopyNotReady(DomainError):
    """The copy is still being put together, or was removed after its time."""

    code = "copy-not-ready"
    title = _("This copy is not there yet, or its time is over: ask for a new one.")


class LinkUsed(DomainError):
    """A link opens once, within ten minutes."""

    code = "link-used"
    title = _("This link was used or is too old: ask for a new one.")
    status = 410
