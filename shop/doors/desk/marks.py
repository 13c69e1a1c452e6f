"""A text with the words marked that the law objects to."""

from collections.abc import Sequence

from django.utils.html import escape, format_html
from django.utils.safestring import SafeString, mark_safe

from shop.law.rules import Finding


def marked(text: str, findings: Sequence[Finding]) -> SafeString:
    """The text, escaped, each finding's words in a <mark> with the article of law."""
    pieces, done = [], 0
    for finding in findings:
        start = max(finding.start, done)
        if start < finding.end:
            pieces += [escape(text[done:start]), _mark(text[start : finding.end], finding)]
            done = finding.end
    return mark_safe("".join([*pieces, escape(text[done:])]))  # noqa: S308 - every piece is escaped


def _mark(words: str, finding: Finding) -> SafeString:
    look = "is-bad" if finding.rule.blocks else "is-wait"
    return format_html(
        '<mark class="desk-mark {}" title="{}">{}</mark>', look, finding.rule.law, words
    )
