"""My reading: the house's rules that I have to read, each confirmed with one button."""

from typing import cast

from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from shop.doors.desk.buttons import BUTTONS
from shop.doors.desk.rows import actor_of
from shop.doors.desk.views import staff_page
from shop.identity.models import User
from shop.records.selectors import readings_of, to_read

MOST = 50


@require_GET
@staff_page
def page(request: HttpRequest) -> HttpResponse:
    """What I have not confirmed yet, with its words; below it what I have."""
    me = cast(User, actor_of(request).user)
    context = {
        **admin.site.each_context(request),
        "title": _("My reading"),
        "confirm": BUTTONS["records.confirm_reading"],
        "unread": to_read(me),
        "readings": readings_of(me)[:MOST],
    }
    return TemplateResponse(request, "desk/reading.html", context)
