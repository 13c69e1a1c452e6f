"""Reads over forms and sheets: what is in force, what was answered, how a score came about."""

from dataclasses import dataclass
from typing import Any

from shop.forms.errors import NoFormInForce
from shop.forms.kinds import FormUse
from shop.forms.models import Answer, FormVersion, Result, Sheet
from shop.forms.rules import CHOSEN, Content, Given, Kind, Line, Question, Section
from shop.identity.actors import Actor


def in_force(use: FormUse, name: str = "") -> FormVersion:
    """The version that is filled in now. Raises NoFormInForce."""
    published = FormVersion.objects.published().select_related("form")
    version = published.filter(form__use=use.code, form__name=name).first()
    if version is None:
        raise NoFormInForce
    return version


def given_in(sheet: Sheet) -> dict[str, Given]:
    """Its answers by question."""
    return {
        answer.question: Given(answer.value, answer.text, answer.skipped)
        for answer in Answer.objects.filter(sheet=sheet)
    }


def result_of(sheet: Sheet) -> Result | None:
    """What it is worth now; None while it is not marked."""
    return sheet.results.order_by("-number").first()


def lines_of(result: Result) -> dict[str, Line]:
    """By question, how the score came about."""
    return {kept["question"]: Line(**kept) for kept in result.lines}


def latest_of(use: FormUse, subject: str, actor: Actor) -> Sheet | None:
    """The last sheet that somebody filled in about this."""
    own = Sheet.objects.filled_by(actor).filter(form__use=use.code, subject=subject)
    return own.select_related("version", "form").order_by("-attempt").first()


@dataclass(frozen=True)
class Explained:
    """A question of a marked sheet: what was answered in words, and what it brought."""

    question: Question
    line: Line
    answer: str
    note: str


def explained(sheet: Sheet, result: Result) -> list[tuple[Section, list[Explained]]]:
    """Every question with what it brought, by section."""
    lines, answers = lines_of(result), given_in(sheet)
    return [
        (section, [_explained(one, lines[one.code], answers) for one in section.questions])
        for section in sheet.asks.sections
    ]


def _explained(question: Question, line: Line, answers: dict[str, Given]) -> Explained:
    given = answers.get(question.code, Given())
    note = "" if question.kind == Kind.TEXT else given.text
    return Explained(question, line, in_words(question, given), note)


def in_words(question: Question, given: Given) -> str:
    """An answer as people read it; empty where there is none."""
    if given.value is None:
        return given.text if question.kind == Kind.TEXT else ""
    if question.kind in CHOSEN:
        codes: Any = given.value if isinstance(given.value, list) else [given.value]
        return "、".join(option.text for option in question.options if option.code in codes)
    if question.kind == Kind.SCALE:
        return f"{given.value} / {question.steps}"
    return points(given.value)


def points(hundredths: int) -> str:
    """2, 2.5, −0.25: hundredths as people write them."""
    whole, rest = divmod(abs(hundredths), 100)
    sign = "-" if hundredths < 0 else ""
    return f"{sign}{whole}.{rest:02d}".rstrip("0").rstrip(".") if rest else f"{sign}{whole}"


def answered_count(content: Content, answers: dict[str, Given]) -> int:
    """How many of the questions have an answer."""
    return sum(1 for question in content.questions() if question.code in answers)
