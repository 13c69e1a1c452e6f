"""One run's mails: what all readers share is drawn once, the rest for each reader's rights."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import mjml
from django.conf import settings
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.translation import override

from analytics.actions.runs import Composed
from analytics.models import ReportRun
from analytics.rendering import wording
from analytics.rendering.chart import Point, trend_chart
from analytics.rendering.workbook import workbook_of
from analytics.selectors import Day, LateWork, day_of, late_work
from shop.identity.actors import Actor
from shop.identity.models import User
from shop.notices.selectors import wishes_of

CHART = "cid:trend"
"""Where the HTML has the picture: `mails.mail_of` names the part, the archive puts it in."""


@dataclass
class Shared:
    """What is the same for all readers of one language."""

    day: Day
    language: str

    @cached_property
    def chart(self) -> bytes:
        unit = self.day.headline.indicator.unit
        points = [
            Point(on, None if figure is None or figure.value is None else float(figure.value),
                  wording.short(figure, unit))
            for on, figure in self.day.trend
        ]  # fmt: skip
        return trend_chart(points, [_tick(on, n) for n, (on, _f) in enumerate(self.day.trend)])

    @cached_property
    def workbook(self) -> bytes:
        return workbook_of(self.day)

    @cached_property
    def words(self) -> dict[str, Any]:
        return {
            "tiles": [wording.tile_text(tile) for tile in self.day.tiles],
            "falls": [wording.fall_text(fall) for fall in self.day.falls],
            "data_line": wording.data_line(self.day),
            "preheader": wording.preheader(self.day),
            "chart_alt": wording.chart_alt(self.day),
            "weekday": wording.weekday(self.day.day),
        }


def _tick(on: Any, n: int) -> str:
    return f"{on:%m-%d}\n{wording.weekday(on)}" if n % 2 else ""


@dataclass
class Press:
    """Composes the mails of one run. Equal sights give equal bytes, composed once."""

    run: ReportRun
    shared: dict[str, Shared] = field(default_factory=dict)
    done: dict[str, Composed] = field(default_factory=dict)

    @cached_property
    def day(self) -> Day:
        return day_of(self.run.data_on)

    def letter_for(self, user: User, *, is_duty: bool) -> Composed:
        """What this person's mail says, by what they may see now and in their language."""
        language = wishes_of(user.party_id).language
        with override(language):
            late = late_work(Actor.staff(user))
            lines = wording.late_lines(late)
            key = _digest(language, late.count, lines, is_duty)
            if key not in self.done:
                self.done[key] = self._composed(key, language, late, is_duty)
        return self.done[key]

    def _composed(self, key: str, language: str, late: LateWork, is_duty: bool) -> Composed:
        shared = self.shared.setdefault(language, Shared(self.day, language))
        context = self._context(shared, late, is_duty)
        html = mjml.mjml2html(render_to_string("analytics/daily.mjml.html", context))
        return Composed(
            digest=key,
            language=language,
            subject=wording.subject(self.day, settings.SHOP_NAME, is_test=self.run.is_test),
            text=_tidy(render_to_string("analytics/daily.txt", context)),
            html=html,
            chart=shared.chart,
            workbook=shared.workbook,
        )

    def _context(self, shared: Shared, late: LateWork, is_duty: bool) -> dict[str, Any]:
        lines = wording.late_lines(late)
        return {
            **shared.words,
            "late": lines,
            "late_count": late.count,
            "late_more": late.count - len(lines),
            "is_duty": is_duty,
            "day": self.day.day,
            "is_complete": self.day.is_complete,
            "is_test": self.run.is_test,
            "language": "zh-CN" if shared.language.startswith("zh") else "en",
            "shop": settings.SHOP_NAME,
            "chart": CHART,
            **_links(),
        }


def _links() -> dict[str, str]:
    pages = {
        "practice": "desk:practice",
        "figures": "desk:figures",
        "reports": "reports:home",
        "work": "admin:index",
    }
    return {f"{name}_url": f"{settings.PUBLIC_URL}{reverse(page)}" for name, page in pages.items()}


def _digest(*said: object) -> str:
    return hashlib.sha256(repr(said).encode()).hexdigest()


def _tidy(text: str) -> str:
    """At most one empty line between paragraphs, none at the edges."""
    return re.sub(r"\n{3,}", "\n\n", text).strip() + "\n"
