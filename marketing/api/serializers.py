"""What customers are told of the shop front and their membership."""

from rest_framework import serializers

from catalog.api.serializers import CategoryOut, ProductRowOut
from marketing.models import Membership


class HomeOut(serializers.Serializer):
    """The home page: navigation and two shelves."""

    shop_name = serializers.CharField()
    navigation = CategoryOut(many=True)
    new_arrivals = ProductRowOut(many=True)
    member_offers = ProductRowOut(many=True)


class MembershipOut(serializers.ModelSerializer):
    """`joined_at` is null for who is no member."""

    is_member = serializers.BooleanField()
    joined_at = serializers.DateTimeField(allow_null=True)

    class Meta:
        model = Membership
        fields = ("is_member", "joined_at")
