"""The storefront: public, read-only, served as kept bytes."""

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
from catalog.api.serializers import BrandOut, CategoryOut, ProductOut, ProductRowOut, product_row
from catalog.models import Brand, Category, Product
from catalog.selectors import shelf
from shop.doors.api.caching import cached_answer
from shop.doors.api.pages import CursorPages


class PublicReads(GenericViewSet):
    """No token is asked for, so that no query is spent on one."""

    authentication_classes = ()
    permission_classes = ()

    def kept(self, request: Request, group: str, build: Any) -> HttpResponse:
        plain: HttpRequest = request._request
        found = cached_answer(plain, group, lambda: JSONRenderer().render(build()))
        if found is None:
            raise Http404
        return found


class Products(PublicReads):
    """The published catalogue."""

    serializer_class = ProductRowOut
    queryset = Product.objects.none()
    pagination_class = CursorPages  # for the schema; the pages are cut in `page`

    @extend_schema(parameters=PARAMETERS, filters=False)
    def list(self, request: Request) -> HttpResponse:
        return self.kept(request, "storefront", self.page)

    def page(self) -> dict[str, Any]:
        """One row more is asked for than is shown: it says whether there is a next page."""
        plain: HttpRequest = self.request._request
        asked = wanted(plain.GET)
        rows = shelf.page(replace(asked, size=asked.size + 1))
        if not rows:
            require_known(asked)
        shown, rest = rows[: asked.size], rows[asked.size :]
        following = None
        if rest:
            cursor = cursor_after(shown[-1], asked.order)
            following = replace_query_param(plain.build_absolute_uri(), "cursor", cursor)
        return {"next": following, "previous": None, "results": [product_row(row) for row in shown]}

    @extend_schema(responses=ProductOut)
    def retrieve(self, request: Request, pk: int) -> HttpResponse:
        return self.kept(request, f"product:{pk}", lambda: self.one(pk))

    def one(self, pk: int) -> dict[str, Any]:
        found = shelf.product_page(pk)
        if found is None:
            raise Http404
        return found


class Categories(PublicReads):
    """Shelves that hold something."""

    queryset = Category.objects.none()
    pagination_class = None

    @extend_schema(responses=CategoryOut(many=True))
    def list(self, request: Request) -> HttpResponse:
        return self.kept(
            request,
            "storefront",
            lambda: CategoryOut(selectors.stocked_categories(), many=True).data,
        )


class Brands(PublicReads):
    """Brands with something published."""

    queryset = Brand.objects.none()
    pagination_class = None

    @extend_schema(responses=BrandOut(many=True))
    def list(self, request: Request) -> HttpResponse:
        return self.kept(
            request, "storefront", lambda: BrandOut(selectors.stocked_brands(), many=True).data
        )
