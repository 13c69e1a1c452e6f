"""Forms by version, sheets, answers, results."""

from shop.forms.models.forms import Form, FormVersion
from shop.forms.models.sheets import TIME_OVER, Answer, Result, Sheet

__all__ = ["TIME_OVER", "Answer", "Form", "FormVersion", "Result", "Sheet"]
