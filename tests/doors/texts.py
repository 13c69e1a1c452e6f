"""Finds every text for people in a tree: Python by its syntax, templates by Django's own reader.

GNU gettext is not needed for it.
"""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

from django.utils.translation.template import templatize

SINGULAR = {"_", "gettext", "gettext_lazy", "gettext_noop"}
PLURAL = {"ngettext", "ngettext_lazy"}
CONTEXT = {"pgettext", "pgettext_lazy"}
IN_TEMPLATE = re.compile(r"\b(_|gettext|ngettext|pgettext)\(")


def of_tree(root: Path, folders: list[str]) -> dict[str, str]:
    """msgid → where it was found first."""
    found: dict[str, str] = {}
    for folder in folders:
        for path in sorted((root / folder).rglob("*")):
            if "migrations" in path.parts or path.suffix not in {".py", ".html", ".txt"}:
                continue
            for text in of_file(path):
                found.setdefault(text, str(path.relative_to(root)))
    return found


def of_file(path: Path) -> Iterator[str]:
    source = path.read_text(encoding="utf-8")
    if path.suffix == ".py":
        yield from of_python(source)
    else:
        yield from of_template(source)


def of_python(source: str) -> Iterator[str]:
    """Texts in gettext calls, and the reasons that the system gives for acting."""
    for node in ast.walk(ast.parse(source)):
        if not isinstance(node, ast.Call) or not node.args:
            continue
        name = getattr(node.func, "id", getattr(node.func, "attr", ""))
        if name in SINGULAR or name == "system" or name in PLURAL:
            yield from constants(node.args[:1])
        elif name in CONTEXT:
            yield from constants(node.args[1:2])


def of_template(source: str) -> Iterator[str]:
    """Django turns a template into calls; each is read as Python from its parenthesis on."""
    calls = templatize(source)
    for match in IN_TEMPLATE.finditer(calls):
        yield from of_python(one_call(calls, match.start()))


def one_call(source: str, start: int) -> str:
    """The shortest piece from `start` on that is a whole call."""
    end = start
    while (end := source.find(")", end) + 1) > 0:
        try:
            ast.parse(source[start:end])
        except SyntaxError:
            continue
        return source[start:end]
    return ""


def constants(nodes: list[ast.expr]) -> Iterator[str]:
    for node in nodes:
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and node.value:
            yield node.value
