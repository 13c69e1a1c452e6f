"""My sheets, and the page that one is filled in on.

Every answer is posted as soon as it is given; without a script the whole page is, with the same
fields. What is too late is refused by the house's clock, not the browser's.
"""

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, JsonResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST

from shop.clock import now
from shop.doors.desk.live import staff_fragment, staff_page
from shop.doors.desk.rows import actor_of, user_of
from shop.doors.forms import editing
from shop.doors.forms.subjects import named, subject_in_words
from shop.errors import DomainError
from shop.forms.actions.forms import establish_form
from shop.forms.actions.sheets import save_answer, start_sheet, submit_sheet
from shop.forms.kinds import USES
from shop.forms.models import Form, FormVersion, Sheet
from shop.forms.rules import Given, Kind, Question
from shop.forms.selectors import answered_count, given_in, points, result_of
from shop.identity.actors import Actor

MINE = 30


class StartForm(forms.Form):
    """Which form, about what."""

    version = forms.ModelChoiceField(
        FormVersion.objects.none(), label=gettext_lazy("Form"), empty_label=None
    )
    subject = forms.CharField(
        label=gettext_lazy("What it is about"),
        max_length=80,
        help_text=gettext_lazy("The code of what it is about: a product's."),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["version"].queryset = for_staff()  # type: ignore[attr-defined]


def for_staff() -> QuerySet[FormVersion]:
    """The forms in force that staff fill in; questionnaires are for customers."""
    uses = [use.code for use in USES.values() if not use.asked]
    return FormVersion.objects.published().filter(form__use__in=uses).select_related("form")


def establish_first_forms() -> None:
    """What the house begins with is there before anybody asks for it."""
    begun = set(Form.objects.filter(name="").values_list("use", flat=True))
    for use in USES.values():
        if use.first.sections and use.code not in begun:
            establish_form(use, by=Actor.system("a page asked for it"))


@require_http_methods(["GET", "POST"])
@staff_page
def home(request: HttpRequest) -> HttpResponse:
    """What I am filling in and have filled in; another is begun here."""
    establish_first_forms()
    actor = actor_of(request)
    form = StartForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        version = form.cleaned_data["version"]
        try:
            subject = named(version.form.purpose, form.cleaned_data["subject"])
            sheet = start_sheet(version, subject, by=actor)
            return redirect(reverse("sheets:fill", args=[sheet.pk]))
        except DomainError as refusal:
            form.add_error(None, str(refusal))
    own = Sheet.objects.filter(filler=user_of(request)).select_related("form", "version")
    context = {
        **admin.site.each_context(request),
        "title": _("My sheets"),
        "form": form if for_staff().exists() else None,
        "rows": [(one, subject_in_words(one), result_of(one)) for one in own[:MINE]],
    }
    return TemplateResponse(request, "forms/home.html", context)


@require_http_methods(["GET", "POST"])
@staff_page
def fill(request: HttpRequest, pk: int) -> HttpResponse:
    """One sheet of mine: its questions with what is saved. Posted whole, it is saved whole."""
    sheet = own_sheet(request, pk)
    if not sheet.is_open:
        return TemplateResponse(request, "forms/handed_in.html", said_of(request, sheet))
    wrong: dict[str, str] = {}
    if request.method == "POST":
        wrong = save_all(request, sheet)
        if not wrong and "hand_in" in request.POST and handed_in(request, sheet):
            return redirect(reverse("sheets:fill", args=[pk]))
    return TemplateResponse(
        request, "forms/fill.html", {**said_of(request, sheet), **asked_of(sheet, wrong)}
    )


def own_sheet(request: HttpRequest, pk: int) -> Sheet:
    rows = Sheet.objects.filter(filler=user_of(request)).select_related("form", "version")
    found: Sheet = get_object_or_404(rows, pk=pk)
    return found


def said_of(request: HttpRequest, sheet: Sheet) -> dict[str, Any]:
    return {
        **admin.site.each_context(request),
        "title": str(sheet.form),
        "sheet": sheet,
        "subject": subject_in_words(sheet),
        "result": result_of(sheet),
        "now": now(),
    }


def asked_of(sheet: Sheet, wrong: dict[str, str]) -> dict[str, Any]:
    content, saved = sheet.asks, given_in(sheet)
    return {
        "sections": [
            (
                section,
                [
                    (question, shown(question, saved.get(question.code)), wrong.get(question.code))
                    for question in section.questions
                ],
            )
            for section in content.sections
        ],
        "answered": answered_count(content, saved),
        "count": len(sheet.asked),
    }


def shown(question: Question, given: Given | None) -> dict[str, Any]:
    """What the fields of a question begin with."""
    if given is None:
        return {"is_saved": False}
    chosen = given.value if isinstance(given.value, list) else [given.value]
    number = points(given.value) if question.kind == Kind.NUMBER and given.value is not None else ""
    return {
        "is_saved": True,
        "chosen": chosen,
        "number": number,
        "text": given.text,
        "skipped": given.skipped,
    }


def save_all(request: HttpRequest, sheet: Sheet) -> dict[str, str]:
    """Question → what was wrong with it. What is left empty stays as it was saved."""
    wrong = {}
    for question in sheet.asks.questions():
        given = typed(question, request.POST)
        if given is None:
            continue
        try:
            save_answer(sheet, question.code, given, by=actor_of(request))
        except DomainError as refusal:
            wrong[question.code] = str(refusal)
    return wrong


def handed_in(request: HttpRequest, sheet: Sheet) -> bool:
    try:
        submit_sheet(sheet, by=actor_of(request))
    except DomainError as refusal:
        messages.error(request, str(refusal))
        return False
    messages.success(request, _("Handed in."))
    return True


@require_POST
@staff_fragment
def answer(request: HttpRequest, pk: int) -> HttpResponse:
    """One answer, from the page's script; what is said back is shown beside the question."""
    sheet = own_sheet(request, pk)
    question = sheet.asks.question(request.POST.get("question", ""))
    given = typed(question, request.POST) if question else None
    if question is None or given is None:
        return JsonResponse({"message": _("This is no answer to the question.")}, status=400)
    try:
        save_answer(sheet, question.code, given, by=actor_of(request))
    except DomainError as refusal:
        return JsonResponse({"message": str(refusal)}, status=refusal.status)
    answered = answered_count(sheet.asks, given_in(sheet))
    return JsonResponse({"answered": answered, "count": len(sheet.asked)})


def typed(question: Question, post: QueryDict) -> Given | None:
    """What the question's fields say; None where nothing was given."""
    code = question.code
    text = post.get(f"text-{code}", "").replace("\r\n", "\n").strip()
    if post.get(f"skip-{code}"):
        return Given(text=text, skipped=True)
    if question.kind == Kind.MULTIPLE:
        chosen = post.getlist(f"value-{code}")
        return Given(chosen, text) if chosen or f"asked-{code}" in post else None
    if question.kind == Kind.TEXT:
        return Given(text=text) if text else None
    value = post.get(f"value-{code}", "").strip()
    return Given(as_value(question, value), text) if value else None


def as_value(question: Question, value: str) -> Any:
    """A choice's code, a step, or a number in hundredths; what is unreadable stays a text, which
    `fits` refuses."""
    try:
        if question.kind == Kind.NUMBER:
            return editing.hundredths(value)
        return int(value) if question.kind == Kind.SCALE else value
    except ValueError:
        return value
