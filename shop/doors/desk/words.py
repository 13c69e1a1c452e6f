"""What the desks' script says, in the reader's language."""

from django.utils.translation import gettext as _


def words() -> dict[str, str]:
    """Texts by the keys that `desk.js` uses; {d} {h} {m} {s} {n} are filled in there."""
    return {
        "days": _("waited {d} d {h} h"),
        "hours": _("waited {h} h {m} min"),
        "minutes": _("waited {m} min {s} s"),
        "seconds": _("waited {s} s"),
        "due_days": _("due in {d} d {h} h"),
        "due_hours": _("due in {h} h {m} min"),
        "due_minutes": _("due in {m} min {s} s"),
        "due_seconds": _("due in {s} s"),
        "late_days": _("late by {d} d {h} h"),
        "late_hours": _("late by {h} h {m} min"),
        "late_minutes": _("late by {m} min {s} s"),
        "late_seconds": _("late by {s} s"),
        "away": _("Connection lost, retrying…"),
        "back": _("Connected again."),
        "ended": _("Your session has ended."),
        "again": _("Sign in again"),
        "new": _("{n} new"),
        "gone": _("Somebody else has just dealt with this one."),
        "failed": _("The shop did not answer. Nothing was changed as far as we know; try again."),
    }
