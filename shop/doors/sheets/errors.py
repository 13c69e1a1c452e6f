"""Why a file is not taken. Nothing of it has been used."""

from django.utils.translation import gettext_lazy as _

from shop.errors import DomainError


class FileRefused(DomainError):
    """The file as a whole is not what is wanted; the text says what to do."""

    code = "file-refused"
    title = _("This file cannot be read.")
    status = 400


class FileTooLarge(FileRefused):
    """It has more bytes, rows, columns or characters than the limits allow."""

    code = "file-too-large"
    title = _("This file is too large.")
    status = 413


class HostileFile(FileRefused):
    """It carries what a table has no need of: macros, entities, a bomb."""

    code = "hostile-file"
    title = _("This file carries what a table must not carry.")
