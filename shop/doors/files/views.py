"""Customers send pictures, and get back what is theirs."""

from django.http import HttpResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework import serializers, status
from rest_framework.generics import get_object_or_404
from rest_framework.parsers import MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from shop.doors.api.authentication import actor_of, customer_of
from shop.doors.api.parsing import Input
from shop.doors.api.throttles import Posts, Uploads
from shop.doors.files.answers import download, read_or_report
from shop.records.actions.files import keep_file
from shop.records.models import StoredFile
from shop.records.purposes import PURPOSES


class UploadIn(Input):
    """`purpose` says what the picture is for; `file` is the picture."""

    purpose = serializers.ChoiceField(
        choices=[code for code, purpose in PURPOSES.items() if purpose.from_customers]
    )
    file = serializers.FileField(max_length=200)


class UploadOut(serializers.ModelSerializer):
    """A file that is kept; `sha256` is of what was kept, which of a picture is not what came."""

    sha256 = serializers.SerializerMethodField()

    class Meta:
        model = StoredFile
        fields = ("id", "purpose", "name", "content_type", "size", "sha256", "kept_at")

    def get_sha256(self, stored: StoredFile) -> str:
        return bytes(stored.sha256).hex()


class Pictures(APIView):
    """Pictures: JPEG, PNG or WebP up to 10 MB and 40 million pixels."""

    parser_classes = (MultiPartParser,)
    throttle_classes = (Posts, Uploads)

    @extend_schema(
        request={"multipart/form-data": UploadIn},
        responses={201: UploadOut},
        operation_id="uploads_create",
    )
    def post(self, request: Request) -> Response:
        """What is kept is drawn anew: position, camera and other frames are not in it."""
        sent = UploadIn(data=request.data.dict())
        sent.is_valid(raise_exception=True)
        came = sent.validated_data["file"]
        stored = keep_file(
            PURPOSES[sent.validated_data["purpose"]],
            came.name,
            came.read(),
            owner=customer_of(request).party,
            by=actor_of(request),
        )
        return Response(UploadOut(stored).data, status.HTTP_201_CREATED)


class Upload(APIView):
    """One of the customer's own files."""

    @extend_schema(responses={(200, "image/*"): OpenApiTypes.BINARY}, operation_id="uploads_read")
    def get(self, request: Request, pk: int) -> HttpResponse:
        stored = get_object_or_404(StoredFile.objects.visible_to(actor_of(request)), pk=pk)
        return download(stored, read_or_report(stored, by=actor_of(request)))
