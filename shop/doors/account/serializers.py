"""What goes over the wire about an account."""

from rest_framework import serializers

from shop.doors.api.parsing import Input, StrictInteger, StrictText
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


class PurposeOut(serializers.Serializer):
    """What can be agreed to, in which words, and whether it is."""

    code = serializers.CharField()
    title = serializers.CharField()
    text = serializers.CharField()
    version = serializers.IntegerField()
    sha256 = serializers.CharField(help_text="of the text, as UTF-8")
    is_given = serializers.BooleanField()
    given_version = serializers.IntegerField(
        allow_null=True, help_text="the version agreed to; another than `version`: ask again"
    )
    given_at = serializers.DateTimeField(allow_null=True)


class PreferencesOut(serializers.Serializer):
    purposes = PurposeOut(many=True)
    wechat = serializers.BooleanField(help_text="whether WeChat messages are wanted at all")


class AnswerIn(Input):
    code = StrictText(max_length=20)
    version = StrictInteger(min_value=1, max_value=10_000)
    is_given = serializers.BooleanField()


class ConsentIn(Input):
    """The answer to one purpose, having read this version of its text."""

    purpose = StrictText(max_length=20)
    version = StrictInteger(min_value=1, max_value=10_000)
    is_given = serializers.BooleanField()


class PreferencesIn(Input):
    purposes = serializers.ListField(child=AnswerIn(), max_length=20)
    wechat = serializers.BooleanField()


class SubscriptionOut(serializers.Serializer):
    """A template to ask for by wx.requestSubscribeMessage, and how many messages are in hand."""

    template_id = serializers.CharField()
    kind = serializers.CharField()
    title = serializers.CharField()
    remaining = serializers.IntegerField()


class SubscriptionsIn(Input):
    accepted = serializers.ListField(child=StrictText(max_length=64), max_length=10)
