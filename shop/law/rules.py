"""Finding what the law forbids in a text, from values alone.

Texts are made plain first, so that 顶 级, 顶·级 and １００％ are found like 顶级 and 100%; a
finding points at the words as they were written.
"""

import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property

ORNAMENTS = frozenset("·•・‧∙*＊_~—–-`^|丨/\\+=\"'“”‘’「」『』【】《》()（）")
PUNCTUATION = str.maketrans("", "", ",.!?:;、。…")
INVISIBLE = ("Cf", "Mn", "Cc", "Zs", "Zl", "Zp")


@dataclass(frozen=True)
class Plain:
    """A text as the rules read it, and where each of its characters stood."""

    text: str
    origin: tuple[int, ...]

    def span(self, start: int, end: int) -> tuple[int, int]:
        """The same stretch in the text as it was written."""
        return self.origin[start], self.origin[end - 1] + 1


def plain(written: str) -> Plain:
    """NFKC, lower case, without spaces, ornaments and what nobody sees."""
    letters: list[tuple[str, int]] = []
    for at, character in enumerate(written):
        if unicodedata.category(character) in INVISIBLE or character in ORNAMENTS:
            continue
        letters += ((c, at) for c in unicodedata.normalize("NFKC", character).lower())
    return Plain("".join(c for c, _at in letters), tuple(at for _c, at in letters))


@dataclass(frozen=True)
class Rule:
    """One rule of law: what it forbids or requires, in which texts, and since when."""

    code: str
    law: str
    why: dict[str, str]
    weight: str
    texts: frozenset[str]
    since: date
    until: date | None = None
    words: tuple[str, ...] = ()
    spared: tuple[str, ...] = ()
    required: tuple[str, ...] = ()
    catches: tuple[str, ...] = ()
    spares: tuple[str, ...] = ()

    @property
    def blocks(self) -> bool:
        """Whether a text with it may not be published at all."""
        return self.weight == "block"

    def is_in_force(self, kind: str, on: date) -> bool:
        ended = self.until is not None and on > self.until
        return kind in self.texts and self.since <= on and not ended

    def findings(self, text: Plain, written: str) -> Iterator["Finding"]:
        """Its words where they stand, or the whole text when something required is missing."""
        lawful = [match.span() for match in self._lawful(text)]
        for match in self._forbidden(text):
            if not any(a <= match.start() and match.end() <= b for a, b in lawful):
                start, end = text.span(*match.span())
                yield Finding(self, start, end, written[start:end])
        unpunctuated = text.text.translate(PUNCTUATION)
        if any(statement not in unpunctuated for statement in self.required):
            yield Finding(self, 0, 0, "")

    def _forbidden(self, text: Plain) -> Iterator[re.Match[str]]:
        return self._any_of_words.finditer(text.text) if self.words else iter(())

    def _lawful(self, text: Plain) -> Iterator[re.Match[str]]:
        return self._any_spared.finditer(text.text) if self.spared else iter(())

    @cached_property
    def _any_of_words(self) -> re.Pattern[str]:
        return re.compile("|".join(self.words))

    @cached_property
    def _any_spared(self) -> re.Pattern[str]:
        return re.compile("|".join(self.spared))


@dataclass(frozen=True)
class Finding:
    """Words of a text that break a rule, by their place in it; no words when some are missing."""

    rule: Rule
    start: int
    end: int
    words: str


def scan(written: str, kind: str, on: date, rules: Sequence[Rule]) -> list[Finding]:
    """What of the text the rules in force that day object to, in the order of the text."""
    text = plain(written)
    found = [
        finding
        for rule in rules
        if rule.is_in_force(kind, on)
        for finding in rule.findings(text, written)
    ]
    return sorted(found, key=lambda finding: (finding.start, finding.end, finding.rule.code))
