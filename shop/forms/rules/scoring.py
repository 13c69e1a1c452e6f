"""What answers are worth, and how every point came about. Scores in basis points of the whole."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from fractions import Fraction
from math import lcm
from typing import Any

from shop.books.money import split
from shop.forms.rules.contents import CHOSEN, LONGEST_ANSWER, Content, Kind, Question

FULL = 10_000
MOST_SKIPPED = 4_000
"""Basis points of a form that may be said not to apply; of more, all of it counts as unanswered."""
LARGEST_NUMBER = 10**12
ZERO = Fraction()


@dataclass(frozen=True)
class Given:
    """An answer: a code, several, a number in hundredths, a step; or words; or not applicable."""

    value: Any = None
    text: str = ""
    skipped: bool = False


@dataclass(frozen=True)
class Line:
    """What one question brought: `earned` of `worth` hundredths of a point, and with its section's
    weight `bp` of `of_bp` basis points of the whole. The lines' `bp` add up to the score.

    `how`: answered, unanswered, skipped, to_mark, marked (by a person).
    """

    question: str
    earned: int
    worth: int
    how: str
    fails: bool = False
    bp: int = 0
    of_bp: int = 0


@dataclass(frozen=True)
class Outcome:
    """A whole sheet's: `score_bp` half up; None while a person has something to mark."""

    score_bp: int | None
    passed: bool | None
    lines: tuple[Line, ...]

    @property
    def failing(self) -> list[str]:
        """The answers of which one alone fails the whole."""
        return [line.question for line in self.lines if line.fails]


def fits(question: Question, given: Given) -> bool:
    """Whether this can be an answer to the question."""
    if len(given.text) > LONGEST_ANSWER:
        return False
    if given.skipped:
        return question.may_skip
    value, codes = given.value, {option.code for option in question.options}
    if question.kind == Kind.MULTIPLE:
        several = isinstance(value, list) and all(isinstance(one, str) for one in value)
        return several and len(set(value)) == len(value) and set(value) <= codes
    if question.kind in CHOSEN:
        return isinstance(value, str) and value in codes
    if question.kind == Kind.TEXT:
        return value is None and bool(given.text.strip())
    if type(value) is not int:
        return False
    if question.kind == Kind.SCALE:
        return 1 <= value <= question.steps
    return abs(value) <= LARGEST_NUMBER


def to_mark(content: Content, answers: Mapping[str, Given]) -> list[Question]:
    """The answers that a person marks: words that are worth points."""
    return [
        question
        for question in content.questions()
        if question.kind == Kind.TEXT
        and question.worth
        and question.code in answers
        and not answers[question.code].skipped
    ]


def score(
    content: Content, answers: Mapping[str, Given], marks: Mapping[str, int], pass_bp: int
) -> Outcome:
    """What a sheet is worth. `content` is what the sheet was asked, `marks` what people gave
    (question → hundredths of a point), whatever the machine would have given."""
    lines = [_line(question, answers, marks) for question in content.questions()]
    if _skipped_bp(content, lines) > MOST_SKIPPED:
        lines = [_counted(line) for line in lines]
    lines = _weighed(content, lines)
    if any(line.how == "to_mark" for line in lines):
        return Outcome(None, None, tuple(lines))
    score_bp = sum(line.bp for line in lines)
    passed = score_bp >= pass_bp and not any(line.fails for line in lines)
    return Outcome(score_bp, passed, tuple(lines))


def _line(question: Question, answers: Mapping[str, Given], marks: Mapping[str, int]) -> Line:
    code, worth, given = question.code, question.worth, answers.get(question.code)
    if code in marks:
        return Line(code, marks[code], worth, "marked")
    if given is None:
        return Line(code, 0, worth, "unanswered")
    if given.skipped:
        return Line(code, 0, worth, "skipped")
    if question.kind == Kind.TEXT:
        return Line(code, 0, worth, "to_mark" if worth else "answered")
    earned, fails = _worth_of(question, given.value)
    return Line(code, earned, worth, "answered", fails)


def _worth_of(question: Question, value: Any) -> tuple[int, bool]:
    """(hundredths of a point, whether it fails the whole)."""
    if question.kind == Kind.SCALE:
        return question.points * value // question.steps, False
    if question.kind == Kind.NUMBER:
        band = next((band for band in question.bands if band.holds(value)), None)
        return (band.points, band.fails) if band else (0, False)
    chosen = [value] if isinstance(value, str) else value
    options = [option for option in question.options if option.code in chosen]
    earned = sum(option.points for option in options)
    return max(0, earned), any(option.fails for option in options)


def _counted(line: Line) -> Line:
    """What was left out counts as unanswered."""
    return replace(line, how="unanswered") if line.how == "skipped" else line


def _skipped_bp(content: Content, lines: list[Line]) -> Fraction:
    shares = _shares(content, lines)
    return FULL * sum((shares[one.question][1] for one in lines if one.how == "skipped"), ZERO)


def _shares(content: Content, lines: list[Line]) -> dict[str, tuple[Fraction, Fraction]]:
    """(earned, possible) of each line as its share of them all, by the sections' weights."""
    counted = {line.question: line for line in lines}
    sections = [
        (section.weight, [counted[one.code] for one in section.questions if one.code in counted])
        for section in content.sections
    ]
    worths = [sum(line.worth for line in within) for _weight, within in sections]
    total = sum(weight for (weight, _w), worth in zip(sections, worths, strict=True) if worth)
    shares: dict[str, tuple[Fraction, Fraction]] = {}
    for (weight, within), worth in zip(sections, worths, strict=True):
        each = Fraction(weight, total * worth) if worth else ZERO
        shares |= {line.question: (line.earned * each, line.worth * each) for line in within}
    return shares


def _weighed(content: Content, lines: list[Line]) -> list[Line]:
    """Each with its basis points: what does not apply is left out, and the rest weighs more.
    Rounded so that they add up to the rounded whole."""
    shares = _shares(content, [line for line in lines if line.how != "skipped"])
    pairs = [shares.get(line.question, (ZERO, ZERO)) for line in lines]
    got = _apportioned([earned for earned, _possible in pairs])
    of = _apportioned([possible for _earned, possible in pairs])
    return [
        replace(line, bp=bp, of_bp=of_bp) for line, bp, of_bp in zip(lines, got, of, strict=True)
    ]


def _apportioned(shares: list[Fraction]) -> list[int]:
    """Basis points of each share; their sum is the shares' sum, half up."""
    if not shares:
        return []
    whole = int(sum(shares, ZERO) * FULL + Fraction(1, 2))
    common = lcm(*(share.denominator for share in shares))
    return split(whole, [int(share * common) for share in shares])
