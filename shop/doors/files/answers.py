"""A file as an answer: always a download, never something a browser opens as a page."""

from django.http import HttpResponse
from django.utils.http import content_disposition_header

from shop.records.models import StoredFile


def download(stored: StoredFile, content: bytes) -> HttpResponse:
    """Its bytes under its own name; not sniffed, not framed, not cached by anybody between."""
    answer = HttpResponse(content, content_type=stored.content_type)
    answer["Content-Disposition"] = content_disposition_header(True, stored.name) or "attachment"
    answer["Content-Security-Policy"] = "default-src 'none'; sandbox"
    answer["X-Content-Type-Options"] = "nosniff"
    answer["Cache-Control"] = "private, no-store"
    return answer
