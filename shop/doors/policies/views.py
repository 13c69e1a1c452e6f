"""Policies of customers: public to read, accepted by whoever is signed in."""

from django.http import Http404, HttpResponse
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.exceptions import ValidationError
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView
from rest_framework.viewsets import GenericViewSet

from shop.clock import now
from shop.doors.api.authentication import actor_of, customer_of
from shop.doors.api.caching import kept_answer
from shop.doors.policies.serializers import (
    LARGEST_VERSION,
    AcceptanceIn,
    AcceptanceOut,
    PolicyOut,
    PolicyRowOut,
)
from shop.records.actions.policies import accept_policies
from shop.records.models import PolicyVersion


class Policies(GenericViewSet):
    """What applies to customers now; older versions by their number."""

    authentication_classes = ()
    permission_classes = ()
    pagination_class = None
    queryset = PolicyVersion.objects.none()

    @extend_schema(responses=PolicyRowOut(many=True))
    def list(self, request: Request) -> HttpResponse:
        return self.kept(request, lambda: PolicyRowOut(in_force(), many=True).data)

    @extend_schema(responses=PolicyOut, parameters=[OpenApiParameter("version", int)])
    def retrieve(self, request: Request, code: str) -> HttpResponse:
        asked = request.query_params.get("version")
        if asked is not None and not (asked.isdecimal() and 0 < int(asked[:12]) < LARGEST_VERSION):
            raise ValidationError({"version": ["a whole number from 1"]})
        return self.kept(request, lambda: PolicyOut(one(code, asked)).data)

    def kept(self, request: Request, build) -> HttpResponse:
        return kept_answer(request._request, lambda: JSONRenderer().render(build()))


def in_force():
    versions = PolicyVersion.objects.in_force(now()).for_customers().select_related("policy")
    return versions.order_by("policy_id")


def one(code: str, asked: str | None) -> PolicyVersion:
    """The version in force, or the published one of that number."""
    published = PolicyVersion.objects.published().for_customers().select_related("policy")
    versions = published.filter(number=int(asked)) if asked else in_force()
    found = versions.filter(policy__code=code).first()
    if found is None:
        raise Http404
    return found


class Acceptance(APIView):
    """Agree to versions in force, at sign-in for example; an order may say the same by itself."""

    @extend_schema(
        request=AcceptanceIn,
        responses=AcceptanceOut(many=True),
        operation_id="policies_accept",
    )
    def post(self, request: Request) -> Response:
        sent = AcceptanceIn(data=request.data)
        sent.is_valid(raise_exception=True)
        accepted = accept_policies(
            customer_of(request), sent.validated_data["policies"], by=actor_of(request)
        )
        return Response(AcceptanceOut(accepted, many=True).data)
