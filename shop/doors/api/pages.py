"""Cursor pages: stable while rows come and go, at most 100 rows."""

from rest_framework.pagination import CursorPagination


class CursorPages(CursorPagination):
    """`?cursor=…&page_size=…`. The cursor is opaque; a broken one is 404."""

    page_size = 20
    max_page_size = 100
    page_size_query_param = "page_size"
    ordering = "-pk"
