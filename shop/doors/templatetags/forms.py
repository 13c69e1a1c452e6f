"""What the templates of forms need."""

from django import template

from shop.doors.forms.words import percent as in_percent
from shop.forms.rules import Question
from shop.forms.selectors import points as in_points

register = template.Library()
register.filter("points", in_points)
register.filter("percent", in_percent)


@register.filter
def steps(question: Question) -> range:
    """1 to the last step of a scale."""
    return range(1, question.steps + 1)
