"""What a customer agrees to, how they want to be told, and the messages they allow."""

from django.conf import settings
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from shop.doors.account.serializers import (
    ConsentIn,
    PreferencesIn,
    PreferencesOut,
    PurposeOut,
    SubscriptionOut,
    SubscriptionsIn,
)
from shop.doors.api.authentication import actor_of, customer_of
from shop.doors.api.keys import KEY_PARAMETER, keyed
from shop.identity.models import Customer
from shop.notices.actions.preferences import (
    Answer,
    allow_messages,
    answer_consent,
    set_preferences,
)
from shop.notices.kinds import KINDS, PURPOSES, Purpose
from shop.notices.models import Allowance, Consent
from shop.notices.selectors import consents_of, wishes_of


class Preferences(APIView):
    """Consents by purpose, each with the words agreed to, and the wish about WeChat messages."""

    @extend_schema(responses=PreferencesOut, operation_id="me_preferences")
    def get(self, request: Request) -> Response:
        return Response(PreferencesOut(preferences_of(customer_of(request))).data)

    @extend_schema(
        request=PreferencesIn, responses=PreferencesOut, operation_id="me_set_preferences"
    )
    def put(self, request: Request) -> Response:
        """A purpose that is not answered stays as it was."""
        sent = PreferencesIn(data=request.data)
        sent.is_valid(raise_exception=True)
        said = sent.validated_data
        answers = [Answer(one["code"], one["version"], one["is_given"]) for one in said["purposes"]]
        set_preferences(customer_of(request), answers, said["wechat"], by=actor_of(request))
        return self.get(request)


def preferences_of(customer: Customer) -> dict[str, object]:
    given = consents_of(customer)
    purposes = [_purpose(purpose, given.get(purpose.code)) for purpose in PURPOSES.values()]
    return {"purposes": purposes, "wechat": wishes_of(customer.party_id).wechat}


def _purpose(purpose: Purpose, consent: Consent | None) -> dict[str, object]:
    """Agreed to an older text is not agreed to; `given_version` says that it was."""
    given_version = consent.version if consent else None
    if consent is not None and consent.version != purpose.version:
        consent = None
    return {
        "code": purpose.code,
        "title": purpose.label,
        "text": purpose.text,
        "version": purpose.version,
        "sha256": purpose.text_hash.hex(),
        "given_version": given_version,
        "is_given": consent is not None,
        "given_at": consent.given_at if consent else None,
    }


class Consents(APIView):
    """What can be agreed to, in which words, and what was. Refusing costs nothing."""

    @extend_schema(responses=PurposeOut(many=True), operation_id="me_consents")
    def get(self, request: Request) -> Response:
        told = preferences_of(customer_of(request))["purposes"]
        return Response(PurposeOut(told, many=True).data)

    @extend_schema(
        request=ConsentIn, responses=PurposeOut(many=True), operation_id="me_answer_consent"
    )
    def post(self, request: Request) -> Response:
        """A yes to the words of this version, or a no, which holds at once."""
        sent = ConsentIn(data=request.data)
        sent.is_valid(raise_exception=True)
        said = sent.validated_data
        answer = Answer(said["purpose"], said["version"], said["is_given"])
        answer_consent(customer_of(request), answer, by=actor_of(request))
        return self.get(request)


class Subscriptions(APIView):
    """Subscribe messages: what to ask for, and what was allowed."""

    @extend_schema(responses=SubscriptionOut(many=True), operation_id="me_subscriptions")
    def get(self, request: Request) -> Response:
        return Response(SubscriptionOut(subscriptions_of(customer_of(request)), many=True).data)

    @extend_schema(
        request=SubscriptionsIn,
        responses=SubscriptionOut(many=True),
        parameters=[KEY_PARAMETER],
        operation_id="me_allow_messages",
    )
    @keyed
    def post(self, request: Request) -> Response:
        """The ids that wx.requestSubscribeMessage reported as `accept`: one message each."""
        sent = SubscriptionsIn(data=request.data)
        sent.is_valid(raise_exception=True)
        accepted = sent.validated_data["accepted"]
        allow_messages(customer_of(request), accepted, by=actor_of(request))
        return self.get(request)


def subscriptions_of(customer: Customer) -> list[dict[str, object]]:
    """Every template that is set up, in the order in which the kinds are declared."""
    left = dict(Allowance.objects.filter(customer=customer).values_list("template", "remaining"))
    return [
        {
            "template_id": settings.WECHAT_TEMPLATES[kind.template.name],
            "kind": kind.code,
            "title": kind.label,
            "remaining": left.get(kind.template.name, 0),
        }
        for kind in KINDS.values()
        if kind.template is not None and kind.template.name in settings.WECHAT_TEMPLATES
    ]
