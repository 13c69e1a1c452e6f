"""Which questions of a bank one sheet is asked."""

from hashlib import sha256

from shop.forms.rules.contents import Content, Section


def drawn(content: Content, seed: int) -> list[str]:
    """The codes of the questions asked, in the form's order. One seed draws the same for ever:
    by SHA-256, which no release of Python changes."""
    return [code for section in content.sections for code in _of_section(section, seed)]


def _of_section(section: Section, seed: int) -> list[str]:
    codes = [question.code for question in section.questions]
    if not section.draw:
        return codes
    lots = sorted(codes, key=lambda code: sha256(f"{seed}:{code}".encode()).digest())
    taken = set(lots[: section.draw])
    return [code for code in codes if code in taken]
