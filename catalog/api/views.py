"""The storefront: public, read-only, told as the database keeps it."""

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from drf_spectacular.utils import extend_schema
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request
from rest_framework.utils.urls import replace_query_param
from rest_framework.viewsets import GenericViewSet

from catalog import selectors
from catalog.api.filters import PARAMETERS, cursor_after, require_known, wanted
from catalog.api.serializers import BrandOut, CategoryOut, ProductOut, ProductRowOut
from catalog.models import Brand, Category, Product
from catalog.selectors import shelf
from shop.doors.api.caching import kept_answer
from shop.doors.api.pages import CursorPages


class PublicReads(GenericViewSet):
    """No token is asked for, so that no query is spent on one."""

    authentication_classes = ()
    permission_classes = ()

    def kept(self, request: Request, build: Callable[[], Any]) -> HttpResponse:
        """`build` returns what goes out as JSON, or such bytes."""
        return kept_answer(request._request, lambda: _as_json(build()))


def _as_json(told: Any) -> bytes:
    content: bytes = told if isinstance(told, bytes) else JSONRenderer().render(told)
    return content


class Products(PublicReads):
    """The published catalogue."""

    serializer_class = ProductRowOut
    queryset = Product.objects.none()
    pagination_class = CursorPages  # for the schema; the pages are cut in `page`

    @extend_schema(parameters=PARAMETERS, filters=False)
    def list(self, request: Request) -> HttpResponse:
        return self.kept(request, self.page)

    def page(self) -> bytes:
        """One row more is asked for than is shown: it says whether there is a next page."""
        plain: HttpRequest = self.request._request
        asked = wanted(plain.GET)
        rows = shelf.page(replace(asked, size=asked.size + 1))
        if not rows:
            require_known(asked)
        shown, rest = rows[: asked.size], rows[asked.size :]
        following = None
        if rest:
            cursor = cursor_after(shown[-1])
            following = replace_query_param(plain.build_absolute_uri(), "cursor", cursor)
        results = ",".join(row.row for row in shown)
        return f'{{"next":{json.dumps(following)},"previous":null,"results":[{results}]}}'.encode()

    @extend_schema(responses=ProductOut)
    def retrieve(self, request: Request, pk: int) -> HttpResponse:
        return self.kept(request, lambda: self.one(pk))

    def one(self, pk: int) -> bytes:
        found = shelf.product_page(pk)
        if found is None:
            raise Http404
        return found.encode()


class Categories(PublicReads):
    """Shelves that hold something."""

    queryset = Category.objects.none()
    pagination_class = None

    @extend_schema(responses=CategoryOut(many=True))
    def list(self, request: Request) -> HttpResponse:
        return self.kept(
            request, lambda: CategoryOut(selectors.stocked_categories(), many=True).data
        )


class Brands(PublicReads):
    """Brands with something published."""

    queryset = Brand.objects.none()
    pagination_class = None

    @extend_schema(responses=BrandOut(many=True))
    def list(self, request: Request) -> HttpResponse:
        return self.kept(request, lambda: BrandOut(selectors.stocked_brands(), many=True).data)
