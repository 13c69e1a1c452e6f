"""What a product list may be asked, and how a page says where the next one begins."""

import re
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Mapping
from datetime import datetime
from typing import NoReturn

from django.utils.translation import gettext as _
from drf_spectacular.utils import OpenApiParameter
from rest_framework.exceptions import NotFound, ValidationError
from rest_framework.pagination import CursorPagination

from catalog.models import Brand, Category
from catalog.selectors.shelf import ORDERS, Shown, Wanted

LARGEST_FEN = 10_000_000
LARGEST_KEY = 2**63 - 1
MOST_WORDS, LONGEST_SEARCH = 5, 60
PAGE_SIZE, LARGEST_PAGE = 20, 100
PARAMETERS = [
    OpenApiParameter("brand", int),
    OpenApiParameter("category", str, description="its short name"),
    OpenApiParameter("cursor", str, description="opaque: follow `next`"),
    OpenApiParameter("ordering", str, enum=list(ORDERS)),
    OpenApiParameter("page_size", int, description=f"at most {LARGEST_PAGE}"),
    OpenApiParameter("price_max", int, description="fen"),
    OpenApiParameter("price_min", int, description="fen"),
    OpenApiParameter("search", str, description="words of the title, all of them"),
]


def wanted(query: Mapping[str, str]) -> Wanted:
    """What the query means. ValidationError for what means nothing, NotFound for a cursor that no
    page gave.
    """
    order = query.get("ordering") or "newest"
    if order not in ORDERS:
        raise ValidationError({"ordering": [f"choose one of {', '.join(ORDERS)}"]})
    return Wanted(
        size=_size(query.get("page_size", "")),
        category=query.get("category", ""),
        brand=_number(query, "brand", LARGEST_KEY),
        price_min=_number(query, "price_min", LARGEST_FEN),
        price_max=_number(query, "price_max", LARGEST_FEN),
        words=_words(query.get("search", "")),
        order=order,
        after=_place(query["cursor"], order) if query.get("cursor") else None,
    )


def require_known(asked: Wanted) -> None:
    """An empty page may come of a shelf or a brand that is not there: ValidationError."""
    if asked.category and not Category.objects.filter(slug=asked.category).exists():
        _refuse("category")
    if asked.brand is not None and not Brand.objects.filter(pk=asked.brand).exists():
        _refuse("brand")


def cursor_after(row: Shown) -> str:
    """Where the page after this row begins."""
    return urlsafe_b64encode(f"{row.position}|{row.key}".encode()).decode()


def _size(text: str) -> int:
    """A size that means nothing is the usual one."""
    if not text.isdecimal() or not int(text[:9]):
        return PAGE_SIZE
    return min(int(text[:9]), LARGEST_PAGE)


def _number(query: Mapping[str, str], name: str, largest: int) -> int | None:
    text = query.get(name, "")
    if not text:
        return None
    if not (text.isascii() and text.isdecimal() and len(text) < 20) or int(text) > largest:
        _refuse(name)
    return int(text)


def _words(text: str) -> tuple[str, ...]:
    return tuple(text[:LONGEST_SEARCH].split()[:MOST_WORDS])


PLACE = re.compile(r"([0-9T:.+-]{1,40})\|(\d{1,18})", re.ASCII)


def _place(cursor: str, order: str) -> tuple[str, int]:
    try:
        found = PLACE.fullmatch(urlsafe_b64decode(cursor.encode()).decode())
        if found is None:
            raise ValueError(cursor)
        _require_position(found[1], order)
    except ValueError as error:
        raise NotFound(CursorPagination.invalid_cursor_message) from error
    return found[1], int(found[2])


def _require_position(text: str, order: str) -> None:
    if order == "newest":
        if datetime.fromisoformat(text).tzinfo is None:
            raise ValueError(text)
    elif int(text) > 2**31 - 1:
        raise ValueError(text)


def _refuse(name: str) -> NoReturn:
    raise ValidationError({name: [_("This value means nothing here.")]})
