"""The OpenAPI document: every operation can also answer with a problem."""

from typing import Any

from drf_spectacular.openapi import AutoSchema
from drf_spectacular.utils import OpenApiResponse
from rest_framework import serializers


class FieldProblem(serializers.Serializer):
    """One field of the request and what is wrong with it."""

    field = serializers.CharField()
    message = serializers.CharField()


class Problem(serializers.Serializer):
    """RFC 9457 problem details. `code` never changes; `title` and `detail` are for people."""

    type = serializers.CharField()
    title = serializers.CharField()
    status = serializers.IntegerField()
    code = serializers.CharField()
    detail = serializers.CharField()
    errors = FieldProblem(many=True)  # type: ignore[assignment]
    request_id = serializers.CharField()


class ShopSchema(AutoSchema):
    """Adds the problem every operation may answer with."""

    def _get_response_bodies(self, direction: Any = "response") -> dict[str, Any]:
        bodies = super()._get_response_bodies(direction)
        bodies["default"] = self._get_response_for_code(
            OpenApiResponse(Problem, description="problem details"),
            "default",
            media_types=["application/problem+json"],
        )
        return bodies
