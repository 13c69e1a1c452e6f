"""Changing what a draft asks, and reading what staff type: points with two decimals, one answer or
band a line. No rows here: content in, content out."""

from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal, InvalidOperation

from shop.forms.rules import Band, Content, Kind, Option, Question, Section
from shop.forms.selectors import points

CODES = "abcdefghijkl"
FAILS = "!"
SEPARATOR = "|"
TO = ".."


def with_section(content: Content, section: Section) -> Content:
    """With this section in place of the one of its code; a new one comes last."""
    if any(one.code == section.code for one in content.sections):
        return _mapped(content, lambda one: section if one.code == section.code else one)
    return Content((*content.sections, section))


def with_question(content: Content, section: str, question: Question) -> Content:
    """With this question in the section; one of its code is replaced where it stands."""

    def placed(one: Section) -> Section:
        known = [other.code for other in one.questions]
        if one.code != section:
            return replace(one, questions=_without(one.questions, question.code))
        if question.code not in known:
            return replace(one, questions=(*one.questions, question))
        swapped = (question if q.code == question.code else q for q in one.questions)
        return replace(one, questions=tuple(swapped))

    return _mapped(content, placed)


def without(content: Content, code: str) -> Content:
    """Without the section or the question of this code."""
    left = Content(tuple(one for one in content.sections if one.code != code))
    return _mapped(left, lambda one: replace(one, questions=_without(one.questions, code)))


def moved_up(content: Content, code: str) -> Content:
    """The question before the one that is before it now."""

    def moved(one: Section) -> Section:
        codes = [question.code for question in one.questions]
        if code not in codes[1:]:
            return one
        at, questions = codes.index(code), list(one.questions)
        questions[at - 1], questions[at] = questions[at], questions[at - 1]
        return replace(one, questions=tuple(questions))

    return _mapped(content, moved)


def _mapped(content: Content, change: Callable[[Section], Section]) -> Content:
    return Content(tuple(change(section) for section in content.sections))


def _without(questions: tuple[Question, ...], code: str) -> tuple[Question, ...]:
    return tuple(question for question in questions if question.code != code)


def fresh_code(content: Content, letter: str) -> str:
    """s1, s2, … or q1, q2, …: the first that is not taken."""
    codes = {section.code for section in content.sections}
    taken = codes | {question.code for question in content.questions()}
    return next(f"{letter}{n}" for n in range(1, len(taken) + 2) if f"{letter}{n}" not in taken)


def hundredths(text: str) -> int:
    """2, 2.5, -0.25 → 200, 250, -25. Raises ValueError for what is none, or too fine."""
    try:
        number = Decimal(text.strip()) * 100
    except InvalidOperation as error:
        raise ValueError(text) from error
    if not number.is_finite() or number != number.to_integral_value():
        raise ValueError(text)
    return int(number)


def read_options(text: str) -> tuple[Option, ...]:
    """`label | points`, one a line; `!` after the points: it fails the whole. Raises ValueError."""
    lines = [line for line in text.splitlines() if line.strip()]
    if len(lines) > len(CODES):
        raise ValueError(text)
    return tuple(_option(code, line) for code, line in zip(CODES, lines, strict=False))


def _option(code: str, line: str) -> Option:
    label, _bar, worth = line.rpartition(SEPARATOR)
    if not label.strip():
        return Option(code, line.strip())
    return Option(code, label.strip(), hundredths(_plain(worth)), _is_failing(worth))


def read_bands(text: str) -> tuple[Band, ...]:
    """`from..to | points`, one a line, an end left out is open. Raises ValueError."""
    return tuple(_band(line) for line in text.splitlines() if line.strip())


def _band(line: str) -> Band:
    span, _bar, worth = line.rpartition(SEPARATOR)
    low, to, high = span.partition(TO)
    if not to:
        raise ValueError(line)
    at_least, below = (hundredths(end) if end.strip() else None for end in (low, high))
    return Band(at_least, below, hundredths(_plain(worth)), _is_failing(worth))


def _plain(worth: str) -> str:
    return worth.strip().removesuffix(FAILS).strip() or "0"


def _is_failing(worth: str) -> bool:
    return worth.strip().endswith(FAILS)


def written(question: Question) -> str:
    """The answers or bands as staff type them."""
    if question.kind == Kind.NUMBER:
        return "\n".join(
            f"{_end(band.at_least)}{TO}{_end(band.below)} {SEPARATOR} {_worth(band)}"
            for band in question.bands
        )
    return "\n".join(f"{one.text} {SEPARATOR} {_worth(one)}" for one in question.options)


def _end(number: int | None) -> str:
    return "" if number is None else points(number)


def _worth(answer: Option | Band) -> str:
    return points(answer.points) + (f" {FAILS}" if answer.fails else "")
