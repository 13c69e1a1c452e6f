"""What is typed on the pages of time, turned into what the actions take."""

import re
from datetime import date
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from shop.timing.errors import HoursUnusable
from shop.timing.models import CalendarDay, CalendarVersion
from shop.timing.rules import (
    SpecialDay,
    UnreadableNotice,
    UnusableHours,
    notice_of,
    openings_of,
)
from shop.timing.rules.notices import FRIDAY
from shop.timing.rules.schedules import LAST_DAY

APART = re.compile(r"[\s,，、;；]+")
STRETCH = re.compile(r"(\d{1,2}:\d\d)\s*[-–—~～至到]\s*(\d{1,2}:\d\d)")
NORMAL = "normal"


def clock_time(text: str) -> str:
    """`9:00` and `９：００` as a clock shows them; what is no time stays as it was typed."""
    text = text.translate(str.maketrans("０１２３４５６７８９：", "0123456789:"))
    return f"0{text}" if re.fullmatch(r"\d:\d\d", text) else text


class ScheduleForm(forms.Form):
    """A timetable. What cannot be kept, the action refuses at its field."""

    rhythm = forms.ChoiceField(
        label=_("When"),
        choices=[("times", _("at certain times of day")), ("steps", _("every so many minutes"))],
        widget=forms.RadioSelect,
    )
    times = forms.CharField(
        label=_("Times of day"),
        required=False,
        max_length=400,
        help_text=_(
            "As 09:00, 18:30. A time that summer time leaps over falls on the first moment"
            " after the leap; one that comes twice counts the first time."
        ),
    )
    every = forms.IntegerField(label=_("Step in minutes"), required=False)
    opens = forms.CharField(label=_("from"), required=False, max_length=5)
    closes = forms.CharField(
        label=_("until before"),
        required=False,
        max_length=5,
        help_text=_("Steps begin anew each day at the beginning of this window."),
    )
    on = forms.ChoiceField(
        label=_("On which days"),
        choices=[
            ("every_day", _("every day")),
            ("weekdays", _("on these weekdays")),
            ("month_days", _("on these days of the month")),
        ],
        widget=forms.RadioSelect,
    )
    weekdays = forms.TypedMultipleChoiceField(
        label=_("Weekdays"),
        choices=CalendarDay.Weekday.choices,
        coerce=int,
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )
    month_days = forms.CharField(
        label=_("Days of the month"),
        required=False,
        max_length=100,
        help_text=_(
            "As 1, 15. A month that lacks the day has no run: February has none on the 31st."
            " For the end of every month tick the last day."
        ),
    )
    last_day = forms.BooleanField(label=_("the last day of each month"), required=False)
    zone = forms.CharField(label=_("Time zone"), max_length=40, initial="Asia/Shanghai")

    def schedule(self) -> dict[str, Any]:
        """What was typed, as a timetable is stored."""
        typed = self.cleaned_data
        schedule: dict[str, Any] = {"zone": typed["zone"].strip(), **self._rhythm()}
        if typed["on"] == "weekdays":
            schedule["weekdays"] = sorted(typed["weekdays"])
        elif typed["on"] == "month_days":
            schedule["month_days"] = self._month_days()
        return schedule

    def _rhythm(self) -> dict[str, Any]:
        typed = self.cleaned_data
        if typed["rhythm"] == "times":
            return {"times": [clock_time(text) for text in APART.split(typed["times"]) if text]}
        window = [clock_time(typed["opens"] or "00:00"), clock_time(typed["closes"] or "24:00")]
        steps: dict[str, Any] = {"every": typed["every"] or 0}
        return steps if window == ["00:00", "24:00"] else {**steps, "window": window}

    def _month_days(self) -> list[int]:
        texts = [text for text in APART.split(self.cleaned_data["month_days"]) if text]
        days = [int(text) if text.isdecimal() and int(text) != LAST_DAY else -1 for text in texts]
        return sorted({*days, *([LAST_DAY] if self.cleaned_data["last_day"] else [])})

    @staticmethod
    def typed(schedule: dict[str, Any]) -> dict[str, Any]:
        """A stored timetable as the form shows it."""
        opens, closes = schedule.get("window", ("", ""))
        by_month, by_week = "month_days" in schedule, "weekdays" in schedule
        days = schedule.get("month_days", [])
        return {
            "rhythm": "steps" if schedule.get("every") else "times",
            "times": ", ".join(schedule.get("times", [])),
            "every": schedule.get("every"),
            "opens": opens,
            "closes": closes,
            "on": "month_days" if by_month else "weekdays" if by_week else "every_day",
            "weekdays": schedule.get("weekdays", []),
            "month_days": ", ".join(str(day) for day in days if day != LAST_DAY),
            "last_day": LAST_DAY in days,
            "zone": schedule.get("zone", "Asia/Shanghai"),
        }


class DayForm(forms.Form):
    """What one day of a calendar is."""

    day = forms.DateField(widget=forms.HiddenInput)
    kind = forms.ChoiceField(
        label=_("This day"),
        choices=[
            (NORMAL, _("goes by its weekday")),
            (CalendarDay.Kind.HOLIDAY, _("is a holiday: closed")),
            (CalendarDay.Kind.MAKE_UP, _("is worked, with the hours of another weekday")),
        ],
        widget=forms.RadioSelect,
    )
    name = forms.CharField(label=_("Name of the day"), max_length=40, required=False)
    follows = forms.TypedChoiceField(
        label=_("Hours of"),
        choices=CalendarDay.Weekday.choices,
        coerce=int,
        initial=FRIDAY,
        required=False,
    )
    source = forms.CharField(
        label=_("Source"),
        max_length=100,
        required=False,
        help_text=_("The notice it stands in, or who decided it."),
    )

    def clean(self) -> dict[str, Any]:
        typed: dict[str, Any] = super().clean() or {}
        if typed.get("kind") != NORMAL:
            for name in ("name", "source"):
                if not typed.get(name):
                    self.add_error(name, _("Say this of a day that its weekday does not decide."))
        return typed

    def special_day(self) -> SpecialDay | None:
        """None: its weekday decides."""
        typed = self.cleaned_data
        if typed["kind"] == NORMAL:
            return None
        is_worked = typed["kind"] == CalendarDay.Kind.MAKE_UP
        follows = typed["follows"] if is_worked else None
        return SpecialDay(typed["day"], typed["kind"], typed["name"], follows)

    @staticmethod
    def typed(version: CalendarVersion, day: date) -> dict[str, Any]:
        """The day as the version has it."""
        found = version.days.filter(day=day).first()
        if found is None:
            return {"day": day, "kind": NORMAL, "follows": FRIDAY}
        return {
            "day": day, "kind": found.kind, "name": found.name, "source": found.source,
            "follows": FRIDAY if found.follows is None else found.follows,
        }  # fmt: skip


class WeekForm(forms.Form):
    """The hours of the seven weekdays, several stretches a day."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for weekday, label in CalendarDay.Weekday.choices:
            self.fields[f"day_{weekday}"] = forms.CharField(
                label=label,
                max_length=200,
                required=False,
                widget=forms.TextInput({"placeholder": _("closed")}),
            )

    def clean(self) -> dict[str, Any]:
        typed: dict[str, Any] = super().clean() or {}
        for weekday, stretches in enumerate(self.week()):
            if stretches is None or not _is_usable(stretches):
                self.add_error(f"day_{weekday}", str(HoursUnusable.title))
        return typed

    def week(self) -> list[list[list[str]] | None]:
        """As a version stores it; None for a day that cannot be read."""
        return [_stretches(self.cleaned_data.get(f"day_{n}", "")) for n in range(7)]

    @staticmethod
    def typed(version: CalendarVersion) -> dict[str, str]:
        days = enumerate(version.week)
        return {f"day_{n}": ", ".join("–".join(stretch) for stretch in day) for n, day in days}


def _stretches(text: str) -> list[list[str]] | None:
    text = text.translate(str.maketrans("０１２３４５６７８９：", "0123456789:"))
    rest = APART.sub("", STRETCH.sub("", text))
    return None if rest else [[*map(clock_time, found)] for found in STRETCH.findall(text)]


def _is_usable(stretches: list[list[str]]) -> bool:
    try:
        openings_of(stretches)
    except UnusableHours:
        return False
    return True


class NoticeForm(forms.Form):
    """The holidays of a year, pasted from the State Council's notice."""

    source = forms.CharField(
        label=_("Source"),
        max_length=100,
        help_text=_("The notice's number, as 国办发明电〔2026〕1号."),
    )
    text = forms.CharField(
        label=_("Holidays and make-up workdays"),
        max_length=5_000,
        widget=forms.Textarea({"rows": 8}),
        help_text=_("The numbered lines of the notice, or one holiday a line in the same words."),
    )

    def __init__(self, year: int, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.year = year
        self.fields["text"].widget.attrs["placeholder"] = EXAMPLE.format(year=year)

    def clean_text(self) -> tuple[SpecialDay, ...]:
        try:
            return notice_of(self.year, self.cleaned_data["text"])
        except UnreadableNotice as error:
            said = f"{NOTICE_REASONS[error.reason]} {error.line[:60]}".strip()
            raise forms.ValidationError(said) from None


EXAMPLE = """一、元旦：1月1日至3日放假调休，共3天。1月4日上班。
春节 {year}-02-06 至 {year}-02-12 放假，{year}-02-14 上班"""
NOTICE_REASONS = {
    "empty": _("Paste at least one holiday."),
    "no-name": _("This line names no holiday:"),
    "no-day": _("This line gives no day off:"),
    "off-or-worked": _("Is the day off (放假) or worked (上班)?"),
    "count": _("The days do not add up to the number it gives:"),
    "reversed": _("The last day comes before the first:"),
    "other-year": _("This line speaks of another year:"),
    "no-such-day": _("There is no such day:"),
    "weekday": _("The day is not on the weekday in brackets:"),
}


class PublishForm(forms.Form):
    """The fingerprint of what the person looked at."""

    seen = forms.CharField(max_length=40, widget=forms.HiddenInput)
