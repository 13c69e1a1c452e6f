"""A questionnaire over the wire: what it asks, and what somebody answers."""

from typing import Any

from django.utils.translation import gettext_lazy as _
from rest_framework import serializers

from shop.doors.api.parsing import StrictText
from shop.forms.models import FormVersion, Sheet
from shop.forms.rules import LONGEST_ANSWER, MOST_QUESTIONS, Given, Question


class OptionOut(serializers.Serializer):
    code = serializers.CharField()
    text = serializers.CharField()


class QuestionOut(serializers.Serializer):
    """`options` of a choice, `steps` of a scale; `may_skip`: it can be left out as not
    applicable. What an answer is worth is not said."""

    code = serializers.CharField()
    kind = serializers.CharField()
    text = serializers.CharField()
    options = OptionOut(many=True)
    steps = serializers.SerializerMethodField()
    may_skip = serializers.BooleanField()

    def get_steps(self, question: Question) -> int | None:
        return question.steps if question.kind == "scale" else None


class SectionOut(serializers.Serializer):
    title = serializers.CharField()
    questions = QuestionOut(many=True)


class QuestionnaireOut(serializers.Serializer):
    """What is asked; `answered_at` once it was handed in: it is not asked again."""

    title = serializers.CharField()
    sections = SectionOut(many=True)
    answered_at = serializers.DateTimeField(allow_null=True)


class QuestionAnswerIn(serializers.Serializer):
    """`value`: an option's code, a list of them, a step of a scale, a number in hundredths; `text`
    of a question that asks for words, or a note beside a choice."""

    question = StrictText(max_length=40)
    value = serializers.JSONField(required=False, allow_null=True, default=None)
    text = StrictText(max_length=LONGEST_ANSWER, allow_blank=True, default="")
    skipped = serializers.BooleanField(default=False)


class AnswersIn(serializers.Serializer):
    """Each question answered once."""

    answers = QuestionAnswerIn(many=True, allow_empty=False, max_length=MOST_QUESTIONS)  # type: ignore[call-arg]

    def validate_answers(self, answers: list[dict[str, Any]]) -> dict[str, Given]:
        given = {
            one["question"]: Given(one["value"], one["text"], one["skipped"]) for one in answers
        }
        if len(given) != len(answers):
            raise serializers.ValidationError(_("A question is answered twice."))
        return given


def questionnaire(version: FormVersion, sheet: Sheet | None) -> dict[str, Any]:
    """What goes over the wire of a form and of what somebody answered."""
    return QuestionnaireOut(
        {
            "title": str(version.form),
            "sections": version.asks.sections,
            "answered_at": sheet.submitted_at if sheet else None,
        }
    ).data
