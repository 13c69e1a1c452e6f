"""Addresses from which mail came back: which mails, since when nothing goes there, and released by
a person."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from shop.doors.desk.buttons import button
from shop.doors.desk.readonly import ReadOnlyAdmin
from shop.doors.desk.timeline import in_words
from shop.doors.templatetags.desk import badge
from shop.notices.actions.bounces import release_address
from shop.notices.events import MailCameBack
from shop.notices.models import MailAddress
from shop.notices.rules import HARD_BOUNCES

button(
    release_address,
    gettext_lazy("Release the address"),
    gettext_lazy("Released: mail goes there again, and is counted anew."),
    confirm=gettext_lazy("Have you asked its owner, or corrected the mailbox?"),
    when=lambda address: address.suspended_at is not None,
    is_primary=True,
)


@admin.register(MailAddress)
class MailAddressAdmin(ReadOnlyAdmin):
    """Suspended addresses first."""

    list_display = ("user", "address", "hard_bounces", "state", "suspended_at")
    list_select_related = ("user",)
    search_fields = ("address", "user__name")
    record_template = "notices/address.html"

    @admin.display(description=gettext_lazy("state"))
    def state(self, address: MailAddress) -> Any:
        if address.suspended_at is not None:
            return badge(_("suspended"), "bad")
        return badge(f"{address.hard_bounces} / {HARD_BOUNCES}", "wait")

    def about(self, request: HttpRequest, address: MailAddress) -> dict[str, Any]:
        return {"bounces": address.bounces.order_by("-pk")[:50], "state": self.state(address)}


@in_words(MailCameBack)
def came_back(event: MailCameBack) -> str:
    return f"{event.status} · {event.count} / {HARD_BOUNCES}"
