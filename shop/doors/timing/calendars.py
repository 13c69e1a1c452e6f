"""The calendar's page: a year of days, the draft beside what is in force, and its publishing."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from shop.doors.desk.buttons import tell
from shop.doors.desk.rows import actor_of, visible_rows
from shop.doors.desk.views import staff_page
from shop.doors.timing.forms import DayForm, NoticeForm, PublishForm, WeekForm
from shop.doors.timing.months import months_of, says
from shop.doors.timing.words import INITIALS, WEEKDAYS
from shop.errors import DomainError
from shop.identity.actors import Actor
from shop.timing.actions.calendars import (
    announce_calendar_year,
    clear_calendar_day,
    discard_calendar_draft,
    edit_calendar_day,
    edit_calendar_week,
    publish_calendar_version,
)
from shop.timing.errors import CalendarNeverOpens, NothingToPublish
from shop.timing.models import Calendar, CalendarVersion
from shop.timing.rules import AnnouncedYear, NoOpenHours
from shop.timing.selectors import differences, moved_clocks

EARLIEST, LATEST = 1990, 2100
MOST_SHOWN = 20


@require_GET
@staff_page
def calendar(request: HttpRequest, pk: int, year: int) -> HttpResponse:
    """A year of the draft, or of what is in force; `?day=` opens that day for editing."""
    return Page(request, pk, year).answer()


@require_POST
@staff_page
def edit(request: HttpRequest, pk: int, year: int, step: str) -> HttpResponse:
    """One step of editing. What is refused is said beside its form."""
    if step not in STEPS:
        raise Http404
    shown = Page(request, pk, year)
    if not shown.may_edit:
        raise PermissionDenied
    form = STEPS[step].form(shown)
    if form.is_valid():
        try:
            STEPS[step].act(shown, form)
        except DomainError as refusal:
            tell(form, shown.calendar, refusal)
        else:
            messages.success(request, STEPS[step].done())
            return redirect("desk:calendar", pk, year)
    return shown.answer(step, form, 400)


class Page:
    """What one person sees of one year of a calendar. A calendar they may not see is 404."""

    def __init__(self, request: HttpRequest, pk: int, year: int) -> None:
        if not EARLIEST <= year <= LATEST:
            raise Http404
        self.request, self.year = request, year
        self.by: Actor = actor_of(request)
        self.calendar: Calendar = get_object_or_404(visible_rows(Calendar, self.by), pk=pk)
        self.current: CalendarVersion = self.calendar.current()
        self.may_edit = self.by.may("timing.edit_calendar")
        self.draft = self.calendar.draft() if self.may_edit else None
        self.shown = self.draft or self.current

    @property
    def day(self) -> date | None:
        """The day that is being edited, if the address names one of this year."""
        try:
            day = date.fromisoformat(self.request.GET.get("day", ""))
        except ValueError:
            return None
        return day if day.year == self.year else None

    def answer(
        self, step: str = "", refused: forms.Form | None = None, status: int = 200
    ) -> HttpResponse:
        context = {
            **admin.site.each_context(self.request),
            "title": f"{self.calendar} {self.year}",
            "page": self,
            "heads": list(zip(INITIALS, WEEKDAYS, strict=True)),
            "earlier": self.year - 1 if self.year > EARLIEST else None,
            "later": self.year + 1 if self.year < LATEST else None,
            "is_provisional": self.year not in self.shown.years and not self._never_closes(),
            **self._changes(),
            **(self._forms(step, refused) if self.may_edit else {}),
        }
        return TemplateResponse(self.request, "desk/calendar.html", context, status=status)

    def _never_closes(self) -> bool:
        return self.shown.hours().never_closes

    def _changes(self) -> dict[str, Any]:
        """The months, and what publishing the draft would do."""
        if self.draft is None:
            return {"months": months_of(self.current, self.year, set())}
        changes = differences(self.draft, self.current)
        changed = {change.day for change in changes.days}
        return {
            "months": months_of(self.shown, self.year, changed),
            "changes": changes,
            "seen": self.draft.fingerprint(),
            **self._moved(self.draft),
        }

    def _moved(self, draft: CalendarVersion) -> dict[str, Any]:
        try:
            moved = moved_clocks(draft)
        except NoOpenHours:
            return {"never_opens": CalendarNeverOpens.title}
        return {"moved": moved, "shown_clocks": moved.clocks[:MOST_SHOWN]}

    def _forms(self, step: str, refused: forms.Form | None) -> dict[str, Any]:
        made: dict[str, Any] = {
            "week_form": WeekForm(initial=WeekForm.typed(self.shown)),
            "notice_form": NoticeForm(self.year),
            "publish_form": PublishForm(),
        }
        if self.day:
            made["day_form"] = DayForm(initial=DayForm.typed(self.shown, self.day))
        if refused is not None:
            made[f"{step}_form"] = refused
        return {**made, "open": step, "day_says": self._says_of_day(made.get("day_form"))}

    def _says_of_day(self, form: forms.Form | None) -> str:
        """The edited day in words: of the address, or of the form that was refused."""
        day = self.day or (form.cleaned_data.get("day") if form and form.is_bound else None)
        if day is None:
            return ""
        return says(day, self.shown.days.filter(day=day).first(), self.shown.hours())


@dataclass(frozen=True)
class Step:
    """One way of editing: what is typed, what it does, what is said afterwards."""

    form: Callable[[Page], forms.Form]
    act: Callable[[Page, Any], object]
    done: Callable[[], str]


def set_day(page: Page, form: DayForm) -> None:
    special = form.special_day()
    if special is None:
        clear_calendar_day(page.calendar, form.cleaned_data["day"], by=page.by)
    else:
        edit_calendar_day(page.calendar, special, form.cleaned_data["source"], by=page.by)


def set_week(page: Page, form: WeekForm) -> None:
    edit_calendar_week(page.calendar, [day or [] for day in form.week()], by=page.by)


def take_notice(page: Page, form: NoticeForm) -> None:
    typed = form.cleaned_data
    announced = AnnouncedYear(page.year, typed["source"], typed["text"])
    announce_calendar_year(page.calendar, announced, by=page.by)


def publish(page: Page, form: PublishForm) -> None:
    if page.draft is None:
        raise NothingToPublish
    publish_calendar_version(page.draft, form.cleaned_data["seen"], by=page.by)


def discard(page: Page, form: forms.Form) -> None:
    if page.draft is None:
        raise NothingToPublish
    discard_calendar_draft(page.draft, by=page.by)


STEPS = {
    "day": Step(lambda page: DayForm(page.request.POST), set_day, lambda: _("Noted in the draft.")),
    "week": Step(
        lambda page: WeekForm(page.request.POST), set_week, lambda: _("Noted in the draft.")
    ),
    "notice": Step(
        lambda page: NoticeForm(page.year, page.request.POST),
        take_notice,
        lambda: _("The notice is in the draft. Look it over, then publish."),
    ),
    "publish": Step(
        lambda page: PublishForm(page.request.POST),
        publish,
        lambda: _("Published: it is in force, and running clocks are reckoned again by it."),
    ),
    "discard": Step(
        lambda page: forms.Form(page.request.POST), discard, lambda: _("The draft is discarded.")
    ),
}
