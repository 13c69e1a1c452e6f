"""How the kinds of questions, and what came of an answer, are called."""

from django.utils.translation import gettext_lazy as _

from shop.errors import Text
from shop.forms.rules import Kind

KINDS: dict[str, Text] = {
    Kind.YES_NO.value: _("yes or no"),
    Kind.SINGLE.value: _("one of several"),
    Kind.MULTIPLE.value: _("any of several"),
    Kind.NUMBER.value: _("a number"),
    Kind.SCALE.value: _("a scale"),
    Kind.TEXT.value: _("words, marked by a person"),
}

HOW: dict[str, tuple[Text, str]] = {
    "answered": (_("by its answer"), "plain"),
    "unanswered": (_("not answered"), "bad"),
    "skipped": (_("does not apply: left out"), "plain"),
    "to_mark": (_("to be marked"), "wait"),
    "marked": (_("marked by a person"), "go"),
}
"""What a line of a result came by, and how it looks."""


def percent(basis_points: int) -> str:
    """97.25 %, 60 %."""
    whole, rest = divmod(basis_points, 100)
    return f"{whole}.{rest:02d}".rstrip("0").rstrip(".") + " %" if rest else f"{whole} %"
