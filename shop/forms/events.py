"""What happens to forms and to the sheets that are filled in."""

from dataclasses import dataclass

from django.utils.translation import gettext_lazy as _

from shop.events.outbox import Event


@dataclass(frozen=True)
class FormDrafted(Event):
    """A version of a form is being written."""

    stream_kind = "form_version"
    label = _("form drafted")
    version_id: int
    use: str
    number: int


@dataclass(frozen=True)
class FormEdited(Event):
    """The draft asks for something else now; `edits` counts the changes."""

    stream_kind = "form_version"
    label = _("form changed")
    version_id: int
    edits: int


@dataclass(frozen=True)
class FormPublished(Event):
    """It can be filled in from now on, and never changes."""

    stream_kind = "form_version"
    label = _("form published")
    version_id: int
    use: str
    number: int


@dataclass(frozen=True)
class FormRetired(Event):
    """It is not filled in any more; the sheets that were stay as they are."""

    stream_kind = "form_version"
    label = _("form retired")
    version_id: int


@dataclass(frozen=True)
class SheetStarted(Event):
    """Somebody begins to fill in a form about a subject."""

    stream_kind = "sheet"
    label = _("sheet begun")
    sheet_id: int
    version_id: int
    subject: str
    attempt: int


@dataclass(frozen=True)
class SheetSubmitted(Event):
    """It was handed in, by its filler or when its time was up."""

    stream_kind = "sheet"
    label = _("sheet handed in")
    sheet_id: int
    subject: str
    by_the_clock: bool


@dataclass(frozen=True)
class SheetMarked(Event):
    """What it is worth, in basis points."""

    stream_kind = "sheet"
    label = _("sheet marked")
    sheet_id: int
    use: str
    subject: str
    score_bp: int
    passed: bool


@dataclass(frozen=True)
class ResultCorrected(Event):
    """It was worth something else; the old result is kept beside the new one."""

    stream_kind = "sheet"
    label = _("result corrected")
    sheet_id: int
    result_id: int
    old_bp: int
    new_bp: int
