"""Licences and contracts on the staff side: the register, one's page, the form that files one."""

from typing import Any

from django import forms
from django.apps import apps
from django.contrib import admin
from django.core.files.uploadedfile import UploadedFile
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from shop.clock import today
from shop.doors.desk.beginnings import beginning
from shop.doors.desk.buttons import button
from shop.doors.desk.facts import Fact, facts_of, linked
from shop.doors.desk.readonly import ReadOnlyAdmin
from shop.doors.desk.work import row_behind
from shop.doors.files.desk import link_to
from shop.doors.templatetags.desk import badge
from shop.errors import Text
from shop.papers.actions import (
    LONGEST_ISSUER,
    LONGEST_NUMBER,
    LONGEST_WHY,
    SCAN,
    PaperFacts,
    Scan,
    file_paper,
    withdraw_paper,
)
from shop.papers.kinds import PAPER_KINDS, THE_HOUSE, PaperKind, stopped_by
from shop.papers.models import Paper
from shop.papers.selectors import standing_beside, standing_of

STANDINGS: dict[str, tuple[Text, str]] = {
    "in_force": (_("in force"), "good"),
    "ending": (_("ends soon"), "wait"),
    "lapsed": (_("lapsed"), "bad"),
    "coming": (_("not in force yet"), "go"),
    "superseded": (_("superseded"), "plain"),
    "withdrawn": (_("withdrawn"), "plain"),
}


WITHDRAWN = frozenset({"withdrawn_at", "withdrawn_by", "withdrawn_why"})


class WithdrawForm(forms.Form):
    why = forms.CharField(
        label=_("Why"), max_length=LONGEST_WHY, widget=forms.Textarea({"rows": 2})
    )


button(
    withdraw_paper,
    _("Withdraw the document"),
    _("Withdrawn: it does not count any more."),
    form=WithdrawForm,
    when=lambda paper: paper.withdrawn_at is None,
)


def day_field(label: Any, **more: Any) -> forms.DateField:
    return forms.DateField(label=label, widget=forms.DateInput({"type": "date"}), **more)


class PaperForm(forms.Form):
    """What stands on a document, and its scan."""

    kind = forms.ChoiceField(label=_("Kind of document"))
    subject = forms.CharField(
        label=_("Of"),
        max_length=80,
        required=False,
        help_text=_("The code of what it is of, where it is not the house's own: a product's."),
    )
    number = forms.CharField(label=_("Number"), max_length=LONGEST_NUMBER)
    issuer = forms.CharField(label=_("Issued by"), max_length=LONGEST_ISSUER)
    valid_from = day_field(_("Valid from"))
    valid_until = day_field(
        _("Valid until"), required=False, help_text=_("This day included; empty: without an end.")
    )
    scan = forms.FileField(
        label=_("Scan"),
        required=False,
        help_text=_("A picture or a PDF, at most 20 MB."),
        widget=forms.ClearableFileInput({"accept": ".pdf,.jpg,.jpeg,.png,.webp"}),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        kinds = [(kind.code, kind.label) for kind in PAPER_KINDS.values()]
        self.fields["kind"].choices = kinds  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        """What `file_paper` is called with."""
        said = super().clean() or {}
        if self.errors:
            return said
        kind = PAPER_KINDS[said["kind"]]
        facts = PaperFacts(
            said["number"],
            said["issuer"],
            said["valid_from"],
            said["valid_until"],
            subject_named(kind, said["subject"]),
        )
        return {"kind": kind, "facts": facts, "scan": scan_of(said["scan"])}


beginning(
    file_paper,
    Paper,
    _("File a document"),
    _("Filed. Its end will be told of in time."),
    PaperForm,
)


def scan_of(given: UploadedFile | None) -> Scan | None:
    """Read no further than a byte over what may be kept."""
    return Scan(given.name or "", given.read(SCAN.largest + 1)) if given else None


def subject_named(kind: PaperKind, code: str) -> str:
    """The stream of what has this code; what nobody knows is refused by the action."""
    for stream_kind, label in kind.subjects.items():
        rows = apps.get_model(label)._default_manager.filter(code=code.strip())
        if (found := rows.first()) is not None:
            return f"{stream_kind}:{found.pk}"
    return code.strip() or THE_HOUSE


class KindFilter(admin.SimpleListFilter):
    """Licences, contracts, certificates."""

    title, parameter_name = _("kind of document"), "kind"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [(kind.code, kind.label) for kind in PAPER_KINDS.values()]

    def queryset(self, request: HttpRequest, queryset: Any) -> Any:
        return queryset.filter(kind=self.value()) if self.value() else queryset


@admin.register(Paper)
class PaperAdmin(ReadOnlyAdmin):
    """What the house holds, until when, and what stops when it lapses."""

    list_display = ("name", "number", "of", "issuer", "valid_from", "until", "state")
    list_filter = (KindFilter,)
    search_fields = ("number", "issuer")
    leave_out = frozenset({"kind", "subject", "file", "valid_until"})
    record_template = "papers/desk/paper.html"

    def get_queryset(self, request: HttpRequest) -> Any:
        rows: Any = super().get_queryset(request)
        return rows.beside_the_last()

    @admin.display(description=_("kind of document"), ordering="kind")
    def name(self, paper: Paper) -> Text:
        return paper.label

    @admin.display(description=_("of"))
    def of(self, paper: Paper) -> Any:
        return subject_of(paper)

    @admin.display(description=_("valid until"), ordering="valid_until")
    def until(self, paper: Paper) -> Any:
        return paper.valid_until or _("without an end")

    @admin.display(description=_("state"))
    def state(self, paper: Paper) -> Any:
        return badge(*STANDINGS[standing_beside(paper, today())])

    def facts(self, paper: Paper) -> list[Fact]:
        own = [
            Fact(_("kind of document"), paper.label),
            Fact(_("of"), subject_of(paper)),
            Fact(_("valid until"), paper.valid_until or _("without an end")),
            Fact(_("scan"), link_to(paper.file) if paper.file else "—"),
        ]
        unsaid = frozenset() if paper.withdrawn_at else WITHDRAWN
        return [*own, *facts_of(paper, self.leave_out | unsaid)]

    def about(self, request: HttpRequest, paper: Paper) -> dict[str, Any]:
        standing = standing_of(paper, today())
        text, look = STANDINGS[standing]
        days = (paper.valid_until - today()).days if paper.valid_until else None
        return {
            "standing": text,
            "look": look,
            "days": days if standing == "ending" else None,
            "stops": stopped_by(paper.kind),
            "has_lapsed": standing == "lapsed",
        }


def subject_of(paper: Paper) -> Any:
    """What it is of, leading to its page."""
    kind = PAPER_KINDS.get(paper.kind)
    row = row_behind(paper.subject, kind.subjects if kind else {})
    return linked(row) if row else _("the house")
