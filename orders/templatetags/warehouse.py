"""What the warehouse's scripts say, in the reader's language."""

from django import template
from django.utils.translation import gettext as _

register = template.Library()


@register.simple_tag
def warehouse_words() -> dict[str, str]:
    """Texts by the keys that the scripts use; {n} is filled in there."""
    return {
        "failed": _("No answer: is the network there? Scan again."),
        "ended": _("Your session has ended."),
        "all_picked": _("All picked: to the packing table"),
        "lot_needed": _("Several lots are wanted: scan the code with the lot."),
        "not_in_order": _("Not in this order: put it aside"),
        "twice": _("The scanner sent this twice: it counted once."),
        "enough": _("Enough of this one: put it back"),
        "to_go": _("{n} to go"),
        "count": _("All scanned: type the driver's count"),
        "waybill": _("scan the waybill"),
        "not_here": _("Not in this list"),
    }
