"""Licences that customers must be shown, at any time and without signing in."""

from django.http import HttpResponse
from drf_spectacular.utils import extend_schema
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request
from rest_framework.viewsets import GenericViewSet

from shop.clock import today
from shop.doors.api.caching import kept_answer
from shop.doors.papers.serializers import LicenceOut
from shop.papers.models import Paper


class Licences(GenericViewSet):
    """The house's licences in force (E-Commerce Law art. 15)."""

    authentication_classes = ()
    permission_classes = ()
    pagination_class = None
    queryset = Paper.objects.none()

    @extend_schema(responses=LicenceOut(many=True))
    def list(self, request: Request) -> HttpResponse:
        return kept_answer(request._request, told)


def told() -> bytes:
    shown = Paper.objects.in_force(today()).for_customers().order_by("kind", "valid_from")
    content: bytes = JSONRenderer().render(LicenceOut(shown, many=True).data)
    return content
