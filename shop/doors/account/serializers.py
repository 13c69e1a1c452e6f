"""What goes over the wire about an account."""

from rest_framework import serializers

from shop.doors.api.parsing import Input, StrictText
from shop.identity.models import Address, Customer


class SignInIn(Input):
    code = StrictText(max_length=128)


class CustomerOut(serializers.ModelSerializer):
    id = serializers.IntegerField(source="pk", read_only=True)

    class Meta:
        model = Customer
        fields = ("id", "nickname", "created_at")
        read_only_fields = fields


class SignInOut(serializers.Serializer):
    token = serializers.CharField()
    customer = CustomerOut()


class ProfileIn(Input):
    nickname = StrictText(max_length=20)


class AddressIn(Input):
    recipient = StrictText(max_length=40)
    phone = StrictText(max_length=20)
    province = StrictText(max_length=20)
    city = StrictText(max_length=20)
    district = StrictText(max_length=30, allow_blank=True, default="")
    street = StrictText(max_length=120)
    is_default = serializers.BooleanField(default=False)


class AddressOut(serializers.ModelSerializer):
    class Meta:
        model = Address
        fields = (
            "id",
            "recipient",
            "phone",
            "province",
            "city",
            "district",
            "street",
            "is_default",
        )
        read_only_fields = fields

    recipient = serializers.CharField()
    phone = serializers.CharField()
    street = serializers.CharField()
