"""A copy of one's data, and one's own erasure."""

from django.http import HttpResponse
from django.urls import reverse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework import serializers, status
from rest_framework.generics import get_object_or_404
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from shop.doors.api.authentication import actor_of, customer_of
from shop.doors.api.keys import KEY_PARAMETER, keyed
from shop.doors.files.answers import download
from shop.identity.actors import Actor, Door
from shop.rights.actions import call_off_erasure, fetch_copy, issue_copy_link, request_copy
from shop.rights.hindrances import hindrances_of
from shop.rights.models import DataRequest

Kind = DataRequest.Kind


class RequestOut(serializers.ModelSerializer):
    """A request: its state, by when law wants it answered, and for an erasure, when it happens."""

    kind = serializers.CharField()
    status = serializers.CharField()
    due_at = serializers.DateTimeField()

    class Meta:
        model = DataRequest
        fields: tuple[str, ...] = ("id", "kind", "status", "asked_at", "due_at", "answered_at")


class CopyOut(RequestOut):
    """`available_until`: when a copy that is ready is deleted; null: there is none to fetch."""

    available_until = serializers.SerializerMethodField()

    class Meta(RequestOut.Meta):
        fields = (*RequestOut.Meta.fields, "available_until")

    def get_available_until(self, request: DataRequest) -> str | None:
        stored = request.file
        if stored is None or stored.removed_at is not None or stored.keep_until is None:
            return None
        return stored.keep_until.isoformat()


class ErasureOut(RequestOut):
    erases_at = serializers.DateTimeField()

    class Meta(RequestOut.Meta):
        fields = (*RequestOut.Meta.fields, "erases_at")


class LinkOut(serializers.Serializer):
    """Opens once, until `expires_at`; no token is asked for."""

    address = serializers.CharField()
    expires_at = serializers.DateTimeField()


class StandingOut(serializers.Serializer):
    """`request` is the erasure that was asked for last; `hindrances` stand in the way of one."""

    request = ErasureOut(allow_null=True)
    hindrances = serializers.ListField(child=serializers.CharField())


class Copies(APIView):
    """Copies of all the customer's data, the newest first."""

    @extend_schema(responses=CopyOut(many=True), operation_id="me_export_list")
    def get(self, request: Request) -> Response:
        copies = requests_of(request, Kind.COPY).select_related("file")
        return Response(CopyOut(copies[:20], many=True).data)

    @extend_schema(
        request=None,
        responses={202: CopyOut},
        parameters=[KEY_PARAMETER],
        operation_id="me_export",
    )
    @keyed
    def post(self, request: Request) -> Response:
        """It is put together behind the request; a notice says when it is there."""
        asked = request_copy(customer_of(request), by=actor_of(request))
        return Response(CopyOut(asked).data, status.HTTP_202_ACCEPTED)


class CopyLink(APIView):
    """A link for wx.downloadFile."""

    @extend_schema(request=None, responses=LinkOut, operation_id="me_export_link")
    def post(self, request: Request, pk: int) -> Response:
        copy = get_object_or_404(requests_of(request, Kind.COPY), pk=pk)
        token = issue_copy_link(copy, by=actor_of(request))
        copy.refresh_from_db()
        address = reverse("copy", args=[token])
        return Response(LinkOut({"address": address, "expires_at": copy.link_until}).data)


class CopyFile(APIView):
    """The copy itself. The link is the key: it opens once."""

    authentication_classes = ()
    permission_classes = ()

    @extend_schema(
        responses={(200, "application/zip"): OpenApiTypes.BINARY}, operation_id="copies_fetch"
    )
    def get(self, request: Request, token: str) -> HttpResponse:
        return download(*fetch_copy(token, by=BY_LINK))


BY_LINK = Actor.system("whoever holds the link", Door.API)


class Erasure(APIView):
    """How an erasure stands. It is asked for by DELETE me/."""

    @extend_schema(responses=StandingOut, operation_id="me_erasure")
    def get(self, request: Request) -> Response:
        told = {
            "request": requests_of(request, Kind.ERASURE).first(),
            "hindrances": [str(reason) for reason in hindrances_of(customer_of(request))],
        }
        return Response(StandingOut(told).data)


class CallOff(APIView):
    """Stay after all."""

    @extend_schema(request=None, responses=ErasureOut, operation_id="me_erasure_call_off")
    def post(self, request: Request) -> Response:
        asked = get_object_or_404(requests_of(request, Kind.ERASURE).open())
        return Response(ErasureOut(call_off_erasure(asked, by=actor_of(request))).data)


def requests_of(request: Request, kind: str):
    """The caller's own, the newest first."""
    return DataRequest.objects.visible_to(actor_of(request)).filter(kind=kind).order_by("-pk")
