"""What a sheet is about: found by its code, shown by its name."""

from typing import Any

from django.apps import apps
from django.core.exceptions import FieldDoesNotExist
from django.utils.translation import gettext as _

from shop.doors.desk.facts import linked
from shop.doors.desk.work import row_behind
from shop.errors import InvalidValue
from shop.forms.kinds import USES, FormUse
from shop.forms.models import Sheet


def named(use: FormUse, code: str) -> str:
    """The stream of what has this code or number. Raises InvalidValue when nothing has."""
    for stream_kind, label in use.subjects.items():
        model = apps.get_model(label)
        column = next(name for name in ("code", "number", "pk") if _has(model, name))
        row = model._default_manager.filter(**{column: code.strip()}).first()
        if row is not None:
            return f"{stream_kind}:{row.pk}"
    raise InvalidValue(_("Nothing has this code."))


def _has(model: Any, name: str) -> bool:
    try:
        return name == "pk" or bool(model._meta.get_field(name))
    except FieldDoesNotExist:
        return False


def subject_in_words(sheet: Sheet) -> Any:
    """Its name, leading to its page."""
    use = USES.get(sheet.form.use)
    row = row_behind(sheet.subject, use.subjects if use else {})
    return linked(row) if row else sheet.subject
