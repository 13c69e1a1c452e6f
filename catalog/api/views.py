"""The storefront: public, read-only, served as kept bytes."""

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from drf_spectacular.utils import OpenApiParameter, extend_schema, extend_schema_view
from rest_framework.exceptions import ValidationError
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request
from rest_framework.viewsets import GenericViewSet

from catalog import selectors
from catalog.api.filters import ProductFilter
from catalog.api.serializers import BrandOut, CategoryOut, ProductOut, ProductRowOut
from catalog.models import Brand, Category, Product
from shop.doors.api.caching import cached_answer
from shop.doors.api.pages import CursorPages

ORDERINGS = {
    "newest": ("-published_at", "-pk"),
    "price": ("price_fen", "-pk"),
    "-price": ("-price_fen", "-pk"),
}


class ProductPages(CursorPages):
    """Ordered by one of `ORDERINGS`, newest first by default."""

    def get_ordering(self, request: Request, queryset: Any, view: Any) -> tuple[str, ...]:
        asked = request.query_params.get("ordering", "newest")
        if asked not in ORDERINGS:
            raise ValidationError({"ordering": [f"choose one of {', '.join(ORDERINGS)}"]})
        return ORDERINGS[asked]


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


@extend_schema_view(
    list=extend_schema(parameters=[OpenApiParameter("ordering", str, enum=list(ORDERINGS))])
)
class Products(PublicReads):
    """The published catalogue."""

    serializer_class = ProductRowOut
    filterset_class = ProductFilter
    pagination_class = ProductPages

    def get_queryset(self):
        return selectors.storefront()

    def list(self, request: Request) -> HttpResponse:
        return self.kept(request, "storefront", self.page)

    def page(self) -> Any:
        rows = self.paginate_queryset(self.filter_queryset(self.get_queryset()))
        return self.get_paginated_response(ProductRowOut(rows, many=True).data).data

    @extend_schema(responses=ProductOut)
    def retrieve(self, request: Request, pk: int) -> HttpResponse:
        return self.kept(request, f"product:{pk}", lambda: self.one(pk))

    def one(self, pk: int) -> Any:
        try:
            return ProductOut(selectors.product_page().get(pk=pk)).data
        except Product.DoesNotExist as error:
            raise Http404 from error


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
