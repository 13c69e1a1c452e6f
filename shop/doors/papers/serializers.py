"""What goes over the wire about licences."""

from rest_framework import serializers

from shop.papers.models import Paper


class LicenceOut(serializers.ModelSerializer):
    """A licence in force; both days included, `valid_until` null: without an end."""

    title = serializers.CharField(source="label")

    class Meta:
        model = Paper
        fields = ("kind", "title", "number", "issuer", "valid_from", "valid_until")
