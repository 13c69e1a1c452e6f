"""What the desks' templates need."""

from datetime import timedelta
from typing import Any

from django import template
from django.db.models import Model
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from shop.books.money import yuan as as_yuan
from shop.clock import now
from shop.doors.desk.buttons import Button, buttons_for
from shop.doors.desk.rows import actor_of, page_of
from shop.doors.desk.timeline import timeline as entries_of
from shop.doors.timing.words import WEEKDAYS, hours_words
from shop.errors import Text
from shop.identity.rules import masked_name, masked_phone
from shop.notices.selectors import unread_count

register = template.Library()
register.filter("masked_phone", masked_phone)
register.filter("masked_name", masked_name)
register.filter("page_of", page_of)


@register.filter
def yuan(fen: int | None) -> str:
    return "—" if fen is None else as_yuan(fen)


@register.simple_tag
def clock() -> str:
    """The shop's time, which a test or the demo may have turned."""
    return epoch(now())


@register.filter
def epoch(instant: Any) -> str:
    """Seconds since 1970, for the script that keeps ages alive."""
    return "" if instant is None else f"{instant.timestamp():.0f}"


@register.filter
def lasting(length: timedelta) -> str:
    """A length of time in its two largest units: 2 d 3 h, 9 h 20 min, 45 min."""
    minutes = int(length.total_seconds()) // 60
    told = {"d": minutes // 1440, "h": minutes // 60 % 24, "m": minutes % 60}
    if told["d"]:
        return _("%(d)d d %(h)d h") % told
    return _("%(h)d h %(m)d min") % told if told["h"] else _("%(m)d min") % told


@register.inclusion_tag("desk/press.html", takes_context=True)
def press(
    context: Any, button: Button, row: Model, *, inline: bool = False, question: Text = ""
) -> dict[str, Any]:
    """One button: at once, behind its question, or behind its form.

    `inline` keeps the fields open; `question` is asked of this row even if of no other.
    """
    is_live = "glance" in context  # a queue's script posts it, and compares rows byte by byte
    return {
        "button": button,
        "question": question or button.confirm,
        "row": row,
        "form": button.bound_to(row),
        "address": button.address(row),
        "dialog": f"{button.action.__name__}-{row.pk}-dialog",
        "inline": inline,
        "csrf_token": "" if is_live else context.get("csrf_token"),
        "back": context["request"].get_full_path(),
    }


@register.inclusion_tag("desk/buttons.html", takes_context=True)
def buttons(context: Any, row: Model) -> dict[str, Any]:
    """Every step that this person can take with the row now."""
    found = buttons_for(row, actor_of(context["request"]))
    return {"buttons": found, "row": row, "request": context["request"],
            "csrf_token": context.get("csrf_token")}  # fmt: skip


@register.inclusion_tag("desk/timeline.html")
def timeline(stream: str) -> dict[str, Any]:
    """The facts of a subject, newest first."""
    return {"entries": entries_of(stream)}


@register.inclusion_tag("desk/bell.html", takes_context=True)
def bell(context: Any) -> dict[str, Any]:
    """The way to one's inbox, with how many are unread: one query a page."""
    return {"unread": unread_count(actor_of(context["request"]))}


@register.simple_tag
def badge(text: Any, look: str = "plain") -> SafeString:
    """A state as a coloured word. Looks: plain, wait, go, good, bad."""
    return format_html('<span class="desk-badge is-{}">{}</span>', look, text)


@register.filter
def weekday_name(weekday: int) -> Text:
    """Monday is 0."""
    return WEEKDAYS[weekday]


register.filter("hours_words", hours_words)
