"""The page on which a form is written: its questions at the left, what is seen of it at the right.

Each step posts the number of changes that the page knows: two people never overwrite each other.
"""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods

from shop.doors.desk.live import staff_page
from shop.doors.desk.rows import actor_of
from shop.doors.forms import editing
from shop.doors.forms.words import KINDS
from shop.errors import DomainError
from shop.forms.actions.forms import FLAWS, Draft, edit_form
from shop.forms.kinds import Terms
from shop.forms.models import FormVersion
from shop.forms.rules import CHOSEN, Content, Kind, Question, Section, flaws
from shop.forms.rules.contents import LONGEST_TEXT, LONGEST_TITLE, MOST_STEPS
from shop.forms.selectors import points


class TermsForm(forms.Form):
    """How it is filled in and passed."""

    pass_percent = forms.IntegerField(label=_("Pass mark, %"), min_value=0, max_value=100)
    minutes = forms.IntegerField(
        label=_("Minutes"), min_value=0, max_value=600, help_text=_("0: no limit.")
    )
    attempts = forms.IntegerField(
        label=_("Attempts"), min_value=0, max_value=20, help_text=_("0: no limit.")
    )
    four_eyes = forms.BooleanField(label=_("Somebody else marks answers in words"), required=False)

    def terms(self) -> Terms:
        said = self.cleaned_data
        return Terms(
            said["pass_percent"] * 100, said["minutes"], said["attempts"], said["four_eyes"]
        )


class SectionForm(forms.Form):
    """A part of the form and how much it weighs."""

    code = forms.CharField(widget=forms.HiddenInput, required=False, max_length=10)
    title = forms.CharField(label=_("Section"), max_length=LONGEST_TITLE)
    weight = forms.CharField(
        label=_("Weight"), initial="1", max_length=8, help_text=_("Against the other sections.")
    )
    draw = forms.IntegerField(
        label=_("Draw"), min_value=0, initial=0, help_text=_("So many at random; 0: all.")
    )

    def clean_weight(self) -> int:
        return read(editing.hundredths, self.cleaned_data["weight"])


class QuestionForm(forms.Form):
    """One question with its answers."""

    code = forms.CharField(widget=forms.HiddenInput, required=False, max_length=10)
    section = forms.ChoiceField(label=_("Section"))
    kind = forms.ChoiceField(label=_("Answered by"), choices=list(KINDS.items()))
    text = forms.CharField(
        label=_("Question"), max_length=LONGEST_TEXT, widget=forms.Textarea({"rows": 2})
    )
    answers = forms.CharField(
        label=_("Answers, one a line"),
        required=False,
        widget=forms.Textarea({"rows": 4, "placeholder": "是 | 2\n否 | 0 !"}),
        help_text=_(
            "An answer, a bar, its points; an exclamation mark: it fails the whole form. A number's"
            " bands: 5..25 | 2"
        ),
    )
    points = forms.CharField(
        label=_("Points"),
        required=False,
        max_length=8,
        help_text=_("Of a scale or of words; words without points are not marked."),
    )
    steps = forms.IntegerField(
        label=_("Steps of a scale"), min_value=2, max_value=MOST_STEPS, initial=5
    )
    may_skip = forms.BooleanField(label=_("May be said not to apply"), required=False)

    def __init__(self, content: Content, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        sections = [(section.code, section.title) for section in content.sections]
        self.fields["section"].choices = sections  # type: ignore[attr-defined]

    def clean_points(self) -> int:
        return read(editing.hundredths, self.cleaned_data["points"] or "0")

    def clean(self) -> dict[str, Any]:
        """`options` or `bands`, whichever the kind has."""
        said = super().clean() or {}
        kind, typed = said.get("kind"), said.get("answers", "")
        try:
            said["options"] = editing.read_options(typed) if kind in CHOSEN else ()
            said["bands"] = editing.read_bands(typed) if kind == Kind.NUMBER else ()
        except ValueError:
            self.add_error("answers", _("A line of these is not readable."))
        return said

    def question(self, code: str) -> Question:
        said = self.cleaned_data
        return Question(
            code,
            Kind(said["kind"]),
            said["text"].strip(),
            said["options"],
            said["bands"],
            said["points"],
            said["steps"],
            said["may_skip"],
        )


def read(reader: Callable[[str], int], typed: str) -> int:
    try:
        return reader(typed)
    except ValueError as error:
        raise forms.ValidationError(_("A number with at most two decimals.")) from error


@require_http_methods(["GET", "POST"])
@staff_page
def page(request: HttpRequest, pk: int) -> HttpResponse:
    """A draft, and one step of its writing."""
    by = actor_of(request)
    if not by.may("forms.draft_form"):
        raise PermissionDenied
    drafts = FormVersion.objects.visible_to(by).filter(status=FormVersion.Status.DRAFT)
    version = get_object_or_404(drafts.select_related("form"), pk=pk)
    shown = shown_forms(request, version)
    if request.method == "POST":
        draft = step(request, version, shown)
        if draft is not None and kept(request, version, draft):
            return redirect(reverse("sheets:edit", args=[pk]))
    return TemplateResponse(request, "forms/edit.html", context(request, version, shown))


def shown_forms(request: HttpRequest, version: FormVersion) -> dict[str, forms.Form]:
    """The page's three forms; the one that was posted with what was typed, and a question or a
    section that is to be changed (`?code=q3`) with what it says."""
    content, name = version.asks, request.POST.get("step", "")
    data = {name: request.POST}
    code = request.GET.get("code", "")
    return {
        "terms": TermsForm(data.get("terms"), initial=terms_now(version)),
        "section": SectionForm(data.get("section"), initial=section_now(content, code)),
        "question": QuestionForm(
            content, data.get("question"), initial=question_now(content, code)
        ),
    }


def terms_now(version: FormVersion) -> dict[str, Any]:
    return {
        "pass_percent": version.pass_bp // 100,
        "minutes": version.minutes,
        "attempts": version.attempts,
        "four_eyes": version.four_eyes,
    }


def section_now(content: Content, code: str) -> dict[str, Any]:
    section = next((one for one in content.sections if one.code == code), None)
    if section is None:
        return {}
    weight = points(section.weight)
    return {"code": code, "title": section.title, "weight": weight, "draw": section.draw}


def question_now(content: Content, code: str) -> dict[str, Any]:
    for section in content.sections:
        for one in section.questions:
            if one.code == code:
                return {
                    "code": code,
                    "section": section.code,
                    "kind": one.kind,
                    "text": one.text,
                    "answers": editing.written(one),
                    "points": points(one.points),
                    "steps": one.steps,
                    "may_skip": one.may_skip,
                }
    return {"section": content.sections[-1].code} if content.sections else {}


def step(request: HttpRequest, version: FormVersion, shown: dict[str, forms.Form]) -> Draft | None:
    """What the draft says after the step; None when what was typed is not valid."""
    content, name, code = version.asks, request.POST.get("step"), request.POST.get("code", "")
    if name == "remove":
        return Draft(editing.without(content, code), version.terms)
    if name == "up":
        return Draft(editing.moved_up(content, code), version.terms)
    form = shown.get(name or "")
    if form is None or not form.is_valid():
        return None
    if isinstance(form, TermsForm):
        return Draft(content, form.terms())
    return Draft(changed(content, form), version.terms)


def changed(content: Content, form: forms.Form) -> Content:
    said = form.cleaned_data
    if isinstance(form, QuestionForm):
        code = said["code"] or editing.fresh_code(content, "q")
        return editing.with_question(content, said["section"], form.question(code))
    known = {section.code: section for section in content.sections}
    section = known.get(said["code"]) or Section(editing.fresh_code(content, "s"), "")
    values = {"title": said["title"].strip(), "weight": said["weight"], "draw": said["draw"]}
    return editing.with_section(content, replace(section, **values))


def kept(request: HttpRequest, version: FormVersion, draft: Draft) -> bool:
    edits = request.POST.get("edits", "")
    try:
        edit_form(version, draft, int(edits) if edits.isdecimal() else -1, by=actor_of(request))
    except DomainError as refusal:
        messages.error(request, str(refusal))
        return False
    return True


def context(
    request: HttpRequest, version: FormVersion, shown: dict[str, forms.Form]
) -> dict[str, Any]:
    content = version.asks
    return {
        **admin.site.each_context(request),
        "title": str(version),
        "version": version,
        "content": content,
        "flaws": [(flaw.where, FLAWS[flaw.reason]) for flaw in flaws(content)],
        "changing": request.GET.get("code", ""),
        "forms": shown,
    }
