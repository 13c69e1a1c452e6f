"""The daily report: once per slot and person, by each one's rights, in bytes that stay."""

import pytest

from tests.analytics.reports import THURSDAY, a_wednesday, outcomes, reader, run_of, tick

pytestmark = pytest.mark.django_db


@pytest.fixture
def sent(postman):
    """Thursday's report to the director, handed over."""
    reader()
    a_wednesday()
    tick(THURSDAY)
    return postman


def test_one_mail_with_text_picture_and_workbook(sent):
    [mail] = sent.taken
    assert outcomes() == [("director", "accepted", "")]
    assert run_of().is_complete
    assert [part.get_content_type() for part in mail.walk()] == [
        "multipart/mixed",
        "multipart/alternative",
        "text/plain",
        "multipart/related",
        "text/html",
        "image/png",
        "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    ]
