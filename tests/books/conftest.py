"""The kinds of facts that these tests book."""

import pytest

from shop.books.kinds import KINDS, journal_kind


@pytest.fixture(autouse=True)
def kinds():
    ours = ("test.paid", "test.owed", "test.bank")
    for code in ours:
        journal_kind(code, code)
    yield
    for code in ours:
        del KINDS[code]
