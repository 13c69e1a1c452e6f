"""What goes over the wire about policies."""

from rest_framework import serializers

from shop.doors.api.parsing import Input, StrictInteger
from shop.records.errors import TEXT_ADDRESS
from shop.records.models import PolicyAcceptance, PolicyVersion

LARGEST_VERSION = 2**31 - 1


class PolicyRowOut(serializers.ModelSerializer):
    """A policy in force: which version, since when, and where its text is."""

    code = serializers.CharField(source="policy.code")
    title = serializers.CharField(source="policy.title")
    version = serializers.IntegerField(source="number")
    sha256 = serializers.SerializerMethodField()
    address = serializers.SerializerMethodField()

    class Meta:
        model = PolicyVersion
        fields = ("code", "title", "version", "effective_at", "changes", "sha256", "address")

    def get_sha256(self, version: PolicyVersion) -> str:
        return bytes(version.text_hash).hex()

    def get_address(self, version: PolicyVersion) -> str:
        return TEXT_ADDRESS.format(code=version.policy.code)


class PolicyOut(PolicyRowOut):
    """The same with its words, as UTF-8 text; `sha256` is of these bytes."""

    class Meta:
        model = PolicyVersion
        fields = (*PolicyRowOut.Meta.fields, "text")


class AcceptanceIn(Input):
    policies = serializers.DictField(
        child=StrictInteger(min_value=1, max_value=LARGEST_VERSION),
        allow_empty=False,
        help_text="code → version, as GET policies/ lists them",
    )


class AcceptanceOut(serializers.ModelSerializer):
    code = serializers.CharField(source="version.policy.code")
    version = serializers.IntegerField(source="version.number")

    class Meta:
        model = PolicyAcceptance
        fields = ("code", "version", "accepted_at")
