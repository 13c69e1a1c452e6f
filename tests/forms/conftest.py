"""A use of forms that is the tests' own."""

import pytest

from shop.forms.kinds import USES
from tests.forms.contents import AUDIT


@pytest.fixture(autouse=True)
def audited(monkeypatch):
    monkeypatch.setitem(USES, AUDIT.code, AUDIT)
