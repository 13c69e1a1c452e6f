"""Reads the State Council's yearly notice on holidays, as published or as typed after it.

    春节：2月15日（农历腊月二十八、周日）至23日（周一）放假调休，共9天。2月14日（周六）上班。
    春节 2026-02-15 至 2026-02-23 放假，2026-02-14 上班

What the notice says twice must agree: weekdays in brackets, and how many days there are in all.
"""

import re
from collections.abc import Iterator
from datetime import date, timedelta

from shop.timing.rules.calendars import A_DAY, SpecialDay

FRIDAY = 4
"""Whose hours a make-up workday has unless somebody says otherwise: no notice does."""

NUMBER = r"[一二三四五六七八九十]{1,2}、"
ENTRY = re.compile(rf"\n+|(?<=[。；;])\s*(?={NUMBER})")
NAMED = re.compile(rf"(?:{NUMBER})?\s*(?P<name>[^\d\s：:（，。]{{1,40}})[\s：:]+(?P<rest>.+)")
CLAUSE = re.compile(r"[。；;，,]")
DAY = r"(?:(\d{4})[年-])?(\d{1,2})[月-](\d{1,2})日?(（[^）]*）)?"
STRETCH = re.compile(rf"{DAY}(?:\s*[至到~～—–]\s*(?:{DAY}|(\d{{1,2}})日(（[^）]*）)?))?")
WEEKDAY = re.compile(r"(?:周|星期)([一二三四五六日天])")
IN_ALL = re.compile(r"(?:共|放假)\s*(\d{1,2})\s*天")
WEEK = {**{sign: n for n, sign in enumerate("一二三四五六日")}, "天": 6}


class UnreadableNotice(ValueError):
    """A line that says nothing certain; `reason` is a code."""

    def __init__(self, line: str, reason: str) -> None:
        self.line, self.reason = line, reason
        super().__init__(f"{reason}: {line}")


def notice_of(year: int, text: str) -> tuple[SpecialDay, ...]:
    """The holidays and make-up workdays of the year. Raises UnreadableNotice."""
    lines = [line.strip() for line in ENTRY.split(text) if line.strip()]
    if not lines:
        raise UnreadableNotice("", "empty")
    return tuple(day for line in lines for day in _Line(year, line).days())


class _Line:
    """One holiday with its make-up workdays."""

    def __init__(self, year: int, text: str) -> None:
        self.year, self.text = year, text

    def days(self) -> Iterator[SpecialDay]:
        named = NAMED.fullmatch(self.text)
        if named is None:
            raise self.refusal("no-name")
        name, holidays = named["name"], 0
        for clause in CLAUSE.split(named["rest"]):
            for day in self._off(clause):
                holidays += 1
                yield SpecialDay(day, "holiday", name)
            for day in self._worked(clause):
                yield SpecialDay(day, "make_up", name, FRIDAY)
        if not holidays:
            raise self.refusal("no-day")
        if (in_all := IN_ALL.search(self.text)) and int(in_all[1]) != holidays:
            raise self.refusal("count")

    def _off(self, clause: str) -> list[date]:
        stretches = list(STRETCH.finditer(clause))
        if stretches and "上班" not in clause and "休" not in clause and "放假" not in clause:
            raise self.refusal("off-or-worked")
        if "上班" in clause:
            return []
        return [day for stretch in stretches for day in self._stretch(stretch)]

    def _worked(self, clause: str) -> list[date]:
        if "上班" not in clause:
            return []
        return [day for found in STRETCH.finditer(clause) for day in self._stretch(found)]

    def _stretch(self, found: re.Match[str]) -> Iterator[date]:
        """From the first to the last day; one day when no end is named."""
        year, month, day, note, to_year, to_month, to_day, to_note, of_month, of_note = (
            found.groups()
        )
        first = self._date(year, month, day, note)
        last = first
        if to_day or of_month:
            last = self._date(to_year, to_month or month, to_day or of_month, to_note or of_note)
        if last < first:
            raise self.refusal("reversed")
        yield from (first + n * A_DAY for n in range((last - first) // timedelta(days=1) + 1))

    def _date(self, year: str | None, month: str, day: str, note: str | None) -> date:
        if year and int(year) != self.year:
            raise self.refusal("other-year")
        try:
            found = date(self.year, int(month), int(day))
        except ValueError:
            raise self.refusal("no-such-day") from None
        if (said := WEEKDAY.search(note or "")) and WEEK[said[1]] != found.weekday():
            raise self.refusal("weekday")
        return found

    def refusal(self, reason: str) -> UnreadableNotice:
        return UnreadableNotice(self.text, reason)
