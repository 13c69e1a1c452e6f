"""Forms and sheets in the admin: what is in force, what was answered, how a score came about."""

from typing import Any

from django import forms
from django.contrib import admin
from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from shop.doors.desk.beginnings import beginning
from shop.doors.desk.buttons import button
from shop.doors.desk.facts import Fact, facts_of
from shop.doors.desk.readonly import ReadOnlyAdmin, state_badge
from shop.doors.desk.rows import actor_of
from shop.doors.desk.timeline import in_words
from shop.doors.forms import editing
from shop.doors.forms.editor import read
from shop.doors.forms.subjects import subject_in_words
from shop.doors.forms.words import HOW, percent
from shop.doors.templatetags.desk import badge
from shop.errors import Text
from shop.forms.actions.forms import (
    LONGEST_NAME,
    draft_form,
    publish_form,
    retire_form,
    revise_form,
)
from shop.forms.actions.marking import LONGEST_REASON, correct_result, mark_sheet
from shop.forms.events import FormEdited, ResultCorrected, SheetMarked
from shop.forms.kinds import USES
from shop.forms.models import FormVersion, Sheet
from shop.forms.rules import to_mark
from shop.forms.selectors import explained, given_in, points, result_of

VERSION_LOOKS = {"draft": "wait", "published": "good", "retired": "plain"}
SHEET_LOOKS = {"open": "wait", "submitted": "go", "marked": "good"}
MARK = "mark-"


class DraftForm(forms.Form):
    """What it is for, and its name."""

    use = forms.ChoiceField(label=gettext_lazy("Used for"))
    name = forms.CharField(label=gettext_lazy("Name of the form"), max_length=LONGEST_NAME)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        uses = [(use.code, use.label) for use in USES.values() if not use.asked]
        self.fields["use"].choices = uses  # type: ignore[attr-defined]


beginning(
    draft_form,
    FormVersion,
    gettext_lazy("New form"),
    gettext_lazy("Begun. Write its questions now."),
    DraftForm,
)
button(
    publish_form,
    gettext_lazy("Publish the form"),
    gettext_lazy("Published: it can be filled in."),
    confirm=gettext_lazy("What is published never changes. The version before it is retired."),
    is_primary=True,
)
button(
    revise_form,
    gettext_lazy("Write the next version"),
    gettext_lazy("A draft was begun as a copy of this one."),
    when=lambda version: version.status != FormVersion.Status.DRAFT,
)
button(
    retire_form,
    gettext_lazy("Retire the form"),
    gettext_lazy("Retired: nobody begins it any more."),
    confirm=gettext_lazy("Nobody can begin it any more. What is being filled in may be handed in."),
)


class PointsField(forms.CharField):
    """Points with at most two decimals; hundredths to the action."""

    def clean(self, value: Any) -> Any:
        return read(editing.hundredths, super().clean(value))


class MarkForm(forms.Form):
    """A field for every answer in words."""

    def clean(self) -> dict[str, Any]:
        """What `mark_sheet` is called with."""
        said = super().clean() or {}
        marks = {name.removeprefix(MARK): value for name, value in said.items()}
        return {"marks": marks}


def ask_for_marks(form: Any, sheet: Sheet) -> None:
    answers = given_in(sheet)
    for question in to_mark(sheet.asks, answers):
        form.fields[f"{MARK}{question.code}"] = PointsField(
            label=question.text,
            max_length=8,
            help_text=_("“%(answer)s” · at most %(points)s points")
            % {"answer": answers[question.code].text, "points": points(question.worth)},
        )


def is_for_another(sheet: Sheet, actor: Any) -> bool:
    return not (sheet.version.four_eyes and actor.user and actor.user.pk == sheet.filler_id)


button(
    mark_sheet,
    gettext_lazy("Mark the answers in words"),
    gettext_lazy("Marked."),
    form=MarkForm,
    adapt=ask_for_marks,
    when=lambda sheet: sheet.status == Sheet.Status.SUBMITTED,
    suits=is_for_another,
    is_primary=True,
)


class CorrectForm(forms.Form):
    """Which question, its points, and why."""

    question = forms.ChoiceField(label=gettext_lazy("Question"))
    points = PointsField(label=gettext_lazy("Points"), max_length=8)
    reason = forms.CharField(
        label=gettext_lazy("Why"), max_length=LONGEST_REASON, widget=forms.Textarea({"rows": 2})
    )


def offer_questions(form: Any, sheet: Sheet) -> None:
    form.fields["question"].choices = [
        (question.code, f"{question.text} ({points(question.worth)})")
        for question in sheet.asks.questions()
        if question.worth
    ]


button(
    correct_result,
    gettext_lazy("Correct the result"),
    gettext_lazy("Corrected. The old result is kept."),
    form=CorrectForm,
    adapt=offer_questions,
    when=lambda sheet: sheet.status == Sheet.Status.MARKED,
    suits=is_for_another,
)


class UseFilter(admin.SimpleListFilter):
    """What forms are for."""

    title, parameter_name = gettext_lazy("used for"), "use"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [(use.code, use.label) for use in USES.values()]

    def queryset(self, request: HttpRequest, queryset: Any) -> Any:
        return queryset.filter(form__use=self.value()) if self.value() else queryset


@admin.register(FormVersion)
class FormAdmin(ReadOnlyAdmin):
    """Forms by version, with a preview of what is asked."""

    list_display = ("form", "used_for", "number", "state", "published_at")
    list_filter = (UseFilter, "status")
    list_select_related = ("form",)
    leave_out = frozenset({"content", "content_hash", "edits", "pass_bp"})
    record_template = "forms/version.html"
    state = state_badge(VERSION_LOOKS)

    @admin.display(description=gettext_lazy("used for"))
    def used_for(self, version: FormVersion) -> Text:
        return version.form.use_label

    def facts(self, version: FormVersion) -> list[Fact]:
        own = [
            Fact(_("used for"), version.form.use_label),
            Fact(_("pass mark"), percent(version.pass_bp)),
        ]
        return [*own, *facts_of(version, self.leave_out)]

    def about(self, request: HttpRequest, version: FormVersion) -> dict[str, Any]:
        may_edit = version.status == "draft" and actor_of(request).may("forms.draft_form")
        return {
            "content": version.asks,
            "edit": reverse("sheets:edit", args=[version.pk]) if may_edit else "",
            "state": badge(version.get_status_display(), VERSION_LOOKS[version.status]),
        }


@admin.register(Sheet)
class SheetAdmin(ReadOnlyAdmin):
    """What was filled in, by whom, and how every point came about."""

    list_display = ("form", "about_what", "who", "attempt", "state", "score", "submitted_at")
    list_filter = (UseFilter, "status")
    list_select_related = ("form", "version", "filler", "customer")
    leave_out = frozenset({"seed", "asked", "subject", "customer"})
    record_template = "forms/sheet.html"
    state = state_badge(SHEET_LOOKS)

    @admin.display(description=gettext_lazy("about"))
    def about_what(self, sheet: Sheet) -> Any:
        return subject_in_words(sheet)

    @admin.display(description=gettext_lazy("filled in by"))
    def who(self, sheet: Sheet) -> Text:
        return str(sheet.filler) if sheet.filler else _("customer")

    @admin.display(description=gettext_lazy("score"))
    def score(self, sheet: Sheet) -> Any:
        result = result_of(sheet)
        return verdict(result) if result else "—"

    def facts(self, sheet: Sheet) -> list[Fact]:
        return [Fact(_("about"), subject_in_words(sheet)), *facts_of(sheet, self.leave_out)]

    def about(self, request: HttpRequest, sheet: Sheet) -> dict[str, Any]:
        result = result_of(sheet)
        mine = sheet.is_open and sheet.filler == actor_of(request).user
        return {
            "result": result,
            "verdict": verdict(result) if result else "",
            "sections": told(sheet, result) if result else [],
            "results": [(one, verdict(one)) for one in sheet.results.select_related("made_by")],
            "fill": reverse("sheets:fill", args=[sheet.pk]) if mine else "",
        }


def verdict(result: Any) -> Any:
    """Passed or not, with its score."""
    text = _("passed") if result.passed else _("not passed")
    return badge(f"{percent(result.score_bp)} · {text}", "good" if result.passed else "bad")


def told(sheet: Sheet, result: Any) -> list[Any]:
    """(section, (what was asked and answered, points, of how many, part of the whole, how))."""
    return [
        (
            section,
            [
                (
                    one,
                    points(one.line.earned),
                    points(one.line.worth),
                    percent(one.line.bp),
                    HOW[one.line.how],
                )
                for one in lines
            ],
        )
        for section, lines in explained(sheet, result)
    ]


in_words(FormEdited)(lambda event: _("change %d") % event.edits)
in_words(SheetMarked)(lambda event: percent(event.score_bp))
in_words(ResultCorrected)(lambda event: f"{percent(event.old_bp)} → {percent(event.new_bp)}")
