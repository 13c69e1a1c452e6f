"""What a form is made of. Points and numbers are kept in hundredths, so that no float is near.

A form's content is kept as JSON; `from_json` and `as_json` lead there and back without a loss.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, replace
from enum import StrEnum
from hashlib import sha256
from itertools import pairwise
from typing import Any, NamedTuple

MOST_SECTIONS, MOST_QUESTIONS, MOST_OPTIONS = 20, 100, 12
LONGEST_TITLE, LONGEST_TEXT, LONGEST_ANSWER = 80, 400, 2_000
LARGEST_POINTS = 100_000  # a thousand points
MOST_STEPS = 10
CHOICES = 2  # fewer are no question


class Kind(StrEnum):
    """How a question is answered."""

    SINGLE = "single"
    MULTIPLE = "multiple"
    YES_NO = "yes_no"
    NUMBER = "number"
    TEXT = "text"
    SCALE = "scale"


CHOSEN = frozenset({Kind.SINGLE, Kind.MULTIPLE, Kind.YES_NO})


@dataclass(frozen=True)
class Option:
    """One answer to choose. `points` may be below nothing in a question of several answers;
    `fails`: whoever chooses it fails the whole form."""

    code: str
    text: str
    points: int = 0
    fails: bool = False


@dataclass(frozen=True)
class Band:
    """Numbers from `at_least` to just under `below` (hundredths; None: no end) and their points."""

    at_least: int | None
    below: int | None
    points: int = 0
    fails: bool = False

    def holds(self, number: int) -> bool:
        over = self.at_least is None or number >= self.at_least
        return over and (self.below is None or number < self.below)


@dataclass(frozen=True)
class Question:
    """One question. `points` are those of a text or a scale, of `steps` steps; of the others the
    options and bands say. `may_skip`: it can be said not to apply, and then does not count."""

    code: str
    kind: Kind
    text: str
    options: tuple[Option, ...] = ()
    bands: tuple[Band, ...] = ()
    points: int = 0
    steps: int = 5
    may_skip: bool = False

    @property
    def worth(self) -> int:
        """The most that it can bring, in hundredths of a point."""
        if self.kind == Kind.MULTIPLE:
            return sum(max(0, option.points) for option in self.options)
        if self.kind in CHOSEN:
            return max((option.points for option in self.options), default=0)
        if self.kind == Kind.NUMBER:
            return max((band.points for band in self.bands), default=0)
        return self.points


@dataclass(frozen=True)
class Section:
    """Questions that weigh together (`weight` in hundredths, against the other sections'). `draw`
    of them are asked, by the sheet's seed; 0: all."""

    code: str
    title: str
    weight: int = 100
    draw: int = 0
    questions: tuple[Question, ...] = ()


@dataclass(frozen=True)
class Content:
    """All that a form asks."""

    sections: tuple[Section, ...] = ()

    def questions(self) -> Iterator[Question]:
        for section in self.sections:
            yield from section.questions

    def question(self, code: str) -> Question | None:
        return next((one for one in self.questions() if one.code == code), None)

    def asking(self, codes: frozenset[str]) -> "Content":
        """The same with these questions alone."""
        asked = (
            replace(section, questions=tuple(q for q in section.questions if q.code in codes))
            for section in self.sections
        )
        return Content(tuple(section for section in asked if section.questions))


class Flaw(NamedTuple):
    """Why a form cannot be published: a reason's code, and the question or section it is in."""

    reason: str
    where: str = ""


def flaws(content: Content) -> list[Flaw]:
    """What is wrong with it. A form without a flaw can be filled in and scored."""
    questions = list(content.questions())
    found = [] if questions else [Flaw("empty")]
    if len(content.sections) > MOST_SECTIONS or len(questions) > MOST_QUESTIONS:
        found.append(Flaw("too_large"))
    codes = [section.code for section in content.sections] + [one.code for one in questions]
    if len(set(codes)) != len(codes):
        found.append(Flaw("same_code"))
    if questions and not any(one.worth for one in questions):
        found.append(Flaw("worthless"))
    for section in content.sections:
        found += _flaws_of_section(section)
    return found


def _flaws_of_section(section: Section) -> Iterator[Flaw]:
    if not 0 < len(section.title) <= LONGEST_TITLE or not 0 < section.weight <= LARGEST_POINTS:
        yield Flaw("section", section.title)
    if not 0 <= section.draw <= len(section.questions):
        yield Flaw("draw", section.title)
    if section.draw and len({one.worth for one in section.questions}) > 1:
        yield Flaw("unequal_draw", section.title)
    for question in section.questions:
        yield from _flaws_of_question(question)


def _flaws_of_question(question: Question) -> Iterator[Flaw]:
    if not 0 < len(question.text) <= LONGEST_TEXT:
        yield Flaw("text", question.text[:LONGEST_TITLE])
    if not 0 <= question.worth <= LARGEST_POINTS:
        yield Flaw("points", question.text)
    if question.kind in CHOSEN:
        yield from _flaws_of_options(question)
    if question.kind == Kind.NUMBER and not _bands_fit(question.bands):
        yield Flaw("bands", question.text)
    if question.kind == Kind.SCALE and not CHOICES <= question.steps <= MOST_STEPS:
        yield Flaw("steps", question.text)


def _flaws_of_options(question: Question) -> Iterator[Flaw]:
    options = question.options
    texts = {option.text for option in options}
    if not CHOICES <= len(options) <= MOST_OPTIONS or len(texts) != len(options) or "" in texts:
        yield Flaw("options", question.text)
    if question.kind != Kind.MULTIPLE and any(option.points < 0 for option in options):
        yield Flaw("points", question.text)


def _bands_fit(bands: tuple[Band, ...]) -> bool:
    """One after another, none over another; before the first and after the last nothing counts."""
    if not bands or any(band.points < 0 for band in bands):
        return False
    for band in bands:
        if band.at_least is not None and band.below is not None and band.at_least >= band.below:
            return False
    return all(
        one.below is not None and other.at_least is not None and one.below <= other.at_least
        for one, other in pairwise(bands)
    )


def as_json(content: Content) -> dict[str, Any]:
    """How it is kept."""
    kept: dict[str, Any] = json.loads(json.dumps(asdict(content)))
    return kept


def from_json(kept: Mapping[str, Any]) -> Content:
    """What was kept."""
    return Content(tuple(_section(section) for section in kept.get("sections", ())))


def _section(kept: Mapping[str, Any]) -> Section:
    return Section(**{**kept, "questions": tuple(_question(one) for one in kept["questions"])})


def _question(kept: Mapping[str, Any]) -> Question:
    parts = {
        "kind": Kind(kept["kind"]),
        "options": tuple(Option(**option) for option in kept["options"]),
        "bands": tuple(Band(**band) for band in kept["bands"]),
    }
    return Question(**{**kept, **parts})


def digest(content: Mapping[str, Any]) -> bytes:
    """SHA-256 of what a form asks, however its JSON is ordered."""
    written = json.dumps(content, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return sha256(written.encode()).digest()
