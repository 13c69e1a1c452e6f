"""One run's mails: what all readers share is drawn once, the rest for each reader's rights."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from typing import Any

import mjml
from django.conf import settings
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.translation import override

from analytics.actions.runs import Composed
from analytics.models import DAILY, ReportRun
from analytics.rendering import findings, wording
from analytics.rendering.chart import Point, trend_chart
from analytics.rendering.workbook import workbook_of
from analytics.selectors import Edition, LateWork, edition_of, late_work
from analytics.selectors.editions import Points
from shop.figures.registry import Unit
from shop.identity.actors import Actor
from shop.identity.models import User
from shop.notices.selectors import wishes_of

A_WEEK, A_FORTNIGHT = 7, 14  # days
CHART = "cid:trend"
"""Where the HTML has the picture: `mails.mail_of` names the part, the archive puts it in."""


@dataclass
class Shared:
    """What is the same for all readers of one language."""

    edition: Edition
    language: str

    @cached_property
    def chart(self) -> bytes:
        edition, unit = self.edition, self.edition.headline.indicator.unit
        points, before = _points(edition.trend, unit), _points(edition.trend_before, unit)
        return trend_chart(points, _ticks([on for on, _figure in edition.trend]), before)

    @cached_property
    def workbook(self) -> bytes:
        return workbook_of(self.edition)

    @cached_property
    def words(self) -> dict[str, Any]:
        edition = self.edition
        return {
            "tiles": [wording.tile_text(tile) for tile in edition.tiles],
            "falls": [wording.fall_text(fall) for fall in edition.falls],
            "movers": findings.mover_groups(edition.movers),
            "advice": [findings.advice_text(one) for one in edition.advice],
            "title": wording.title_of(edition.code),
            "period": wording.period(edition.code, edition.span),
            "missing": wording.missing(edition),
            "data_line": wording.data_line(edition),
            "compared": wording.compared_with(edition),
            "kept": wording.every_article_kept(edition),
            "preheader": wording.preheader(edition),
            "chart_title": wording.chart_title(edition),
            "chart_alt": wording.chart_alt(edition),
            "is_daily": edition.code == DAILY,
        }


def _points(trend: Points, unit: Unit) -> list[Point]:
    return [
        Point(on, None if figure is None or figure.value is None else float(figure.value),
              wording.short(figure, unit))
        for on, figure in trend
    ]  # fmt: skip


def _ticks(days: Sequence[date]) -> list[str]:
    """Every day of a week, every other one of a fortnight, the last of five days of a month."""
    step = 1 if len(days) <= A_WEEK else 2 if len(days) <= A_FORTNIGHT else 5
    shown = [n % step == step - 1 for n in range(len(days))]
    named = len(days) <= A_FORTNIGHT
    return [
        (f"{on:%m-%d}\n{wording.weekday(on)}" if named else f"{on:%m-%d}") if is_shown else ""
        for on, is_shown in zip(days, shown, strict=True)
    ]


@dataclass
class Press:
    """Composes the mails of one run. Equal sights give equal bytes, composed once."""

    run: ReportRun
    shared: dict[str, Shared] = field(default_factory=dict)
    done: dict[str, Composed] = field(default_factory=dict)

    @cached_property
    def edition(self) -> Edition:
        return edition_of(self.run.report.code, self.run.span)

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
        shared = self.shared.setdefault(language, Shared(self.edition, language))
        context = self._context(shared, late, is_duty)
        html = mjml.mjml2html(render_to_string("analytics/report.mjml.html", context))
        return Composed(
            digest=key,
            language=language,
            subject=wording.subject(self.edition, settings.SHOP_NAME, is_test=self.run.is_test),
            text=_tidy(render_to_string("analytics/report.txt", context)),
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
            "is_test": self.run.is_test,
            "language": "zh-CN" if shared.language.startswith("zh") else "en",
            "shop": settings.SHOP_NAME,
            "chart": CHART,
            **_links(self.run.report.code),
        }


def _links(code: str) -> dict[str, str]:
    pages = {
        "practice": "desk:practice",
        "figures": "desk:figures",
        "reports": "reports:home",
        "work": "admin:index",
    }
    urls = {f"{name}_url": f"{settings.PUBLIC_URL}{reverse(page)}" for name, page in pages.items()}
    return {**urls, "reports_url": f"{urls['reports_url']}?report={code}"}


def _digest(*said: object) -> str:
    return hashlib.sha256(repr(said).encode()).hexdigest()


def _tidy(text: str) -> str:
    """At most one empty line between paragraphs, none at the edges."""
    return re.sub(r"\n{3,}", "\n\n", text).strip() + "\n"
