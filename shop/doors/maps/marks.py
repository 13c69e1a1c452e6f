"""Maps of what the tests prove: the marks on them, read from their source."""

import ast
import re
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import TypeGuard

from django.conf import settings

REGISTER = re.compile(r"^\| (?P<row>[A-Z]{2}\d+) \| (?P<articles>[^|]+) \| (?P<promise>[^|]+) \|"
                      r" (?P<state>[^|]+) \|$", re.MULTILINE)  # fmt: skip


def faults() -> str:
    """Case of the fault catalogue → the tests that stage it."""
    lines = ["# Fault cases and the tests that stage them", ""]
    lines += ["| case | tests |", "| --- | --- |"]
    staged = marked("fault")
    for case in sorted(staged, key=lambda case: (case[0], int(case[1:]))):
        lines.append(f"| {case} | {'<br>'.join(sorted(set(staged[case])))} |")
    return "\n".join([*lines, ""])


def articles() -> str:
    """Row of the register → its scenarios and its control."""
    shown = marked("article")
    controls = marked("control")
    lines = ["# Articles, scenarios, controls", ""]
    lines += [
        "| row | articles | state | scenarios | controls |",
        "| --- | --- | --- | --- | --- |",
    ]
    for entry in register():
        row = entry["row"]
        lines.append(
            f"| {row} | {entry['articles']} | {entry['state']}"
            f" | {'<br>'.join(sorted(set(shown.get(row, [])))) or '–'}"
            f" | {'<br>'.join(sorted(set(controls.get(row, [])))) or '–'} |"
        )
    return "\n".join([*lines, ""])


def register() -> list[dict[str, str]]:
    """The rows of docs/regulations.md."""
    text = (settings.ROOT / "docs" / "regulations.md").read_text()
    return [
        {name: value.strip() for name, value in found.groupdict().items()}
        for found in REGISTER.finditer(text)
    ]


def marked(mark: str) -> dict[str, list[str]]:
    """First argument of `pytest.mark.<mark>(…)` → `file::test` of every test that bears it."""
    found: dict[str, list[str]] = defaultdict(list)
    for path in sorted((settings.ROOT / "tests").rglob("test_*.py")):
        for test, argument in marks_in(path, mark):
            found[argument].append(f"`{path.relative_to(settings.ROOT / 'tests')}::{test}`")
    return found


def marks_in(path: Path, mark: str) -> Iterator[tuple[str, str]]:
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.FunctionDef) and node.name.startswith("test_"):
            for decorator in node.decorator_list:
                for call in ast.walk(decorator):
                    if is_mark(call, mark):
                        yield node.name, str(ast.literal_eval(call.args[0]))


def is_mark(node: ast.AST, mark: str) -> TypeGuard[ast.Call]:
    return (
        isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr == mark
        and bool(node.args)
        and isinstance(node.args[0], ast.Constant)
    )
