"""What analytics refuses."""

from django.utils.translation import gettext_lazy as _

from shop.errors import DomainError


class MayNotRead(DomainError):
    """The person may not look at figures, so they get none by mail."""

    code = "may-not-read"
    title = _("This person may not look at figures. Their post decides that.")


class PauseTooLong(DomainError):
    """A report that is read by duty is paused for seven days at most, and not in the past."""

    code = "pause-too-long"
    title = _("A pause ends within seven days.")


class DutyToRead(DomainError):
    """Their post reads the report by duty: it can be paused, not left."""

    code = "duty-to-read"
    title = _("Reading this report belongs to the post. It can be paused for up to seven days.")


class ResendTooSoon(DomainError):
    """The server never answered: the mail may still arrive."""

    code = "resend-too-soon"
    title = _("It may still arrive: it can be sent again half an hour after the silence.")
