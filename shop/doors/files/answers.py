"""A file as an answer: always a download, never something a browser opens as a page."""

from django.http import HttpResponse
from django.utils.http import content_disposition_header

from shop.doors.files.kinds import DAMAGED_FILE
from shop.identity.actors import Actor
from shop.records.actions.files import read_file
from shop.records.errors import FileDamaged
from shop.records.models import StoredFile
from shop.work.actions.items import Matter, open_item


def download(stored: StoredFile, content: bytes) -> HttpResponse:
    """Its bytes under its own name; not sniffed, not framed, not cached by anybody between."""
    answer = HttpResponse(content, content_type=stored.content_type)
    answer["Content-Disposition"] = content_disposition_header(True, stored.name) or "attachment"
    answer["Content-Security-Policy"] = "default-src 'none'; sandbox"
    answer["X-Content-Type-Options"] = "nosniff"
    answer["Cache-Control"] = "private, no-store"
    return answer


def read_or_report(stored: StoredFile, *, by: Actor) -> bytes:
    """`read_file`, and a damaged file is an engineer's case at once."""
    try:
        return read_file(stored, by=by)
    except FileDamaged:
        matter = Matter(stored.stream, figures={"file": stored.pk})
        open_item(DAMAGED_FILE, matter, by=Actor.system("a file is damaged"))
        raise
