"""The table of shop/doors/resilience is whole, and every cell is staged by the test it names."""

import ast

from django.conf import settings

from shop.doors.resilience import TABLE, Answer, Cannot, Dependency, Fault, Outcome, cells
from shop.work.kinds import KINDS

TESTS = settings.ROOT / "tests"


def test_every_cell_is_there_once():
    assert len(cells()) == len(Dependency) * len(Fault)


def test_most_of_what_can_be_thought_of_is_staged():
    staged = sum(isinstance(entry, Outcome) for entry in cells().values())
    assert staged > len(cells()) * 4 / 5


def test_what_cannot_arise_says_why():
    assert all(len(entry.because) > 20 for entry in TABLE if isinstance(entry, Cannot))


def outcomes():
    return [entry for entry in TABLE if isinstance(entry, Outcome)]


def test_the_test_that_is_named_exists_and_takes_the_tables_cells():
    for entry in outcomes():
        name, _colons, test = entry.shown_by.partition("::")
        found = [
            node
            for node in ast.walk(ast.parse((TESTS / name).read_text()))
            if isinstance(node, ast.FunctionDef) and node.name == test
        ]
        assert len(found) == 1, entry.shown_by
        if name.startswith("faults/resilience/"):
            marks = " ".join(ast.unparse(mark) for mark in found[0].decorator_list)
            assert f"each_cell(Dependency.{entry.dependency.name}" in marks, entry.shown_by


def test_what_people_hear_is_a_sentence_in_their_language():
    for entry in outcomes():
        assert entry.customer == Answer(200) or entry.customer.sentence.endswith("。")
        assert entry.work == "" or entry.work in KINDS
