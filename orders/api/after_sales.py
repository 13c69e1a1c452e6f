"""Asking for money back: what goes over the wire, and the customer's own cases. Amounts in fen."""

from typing import Any

from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import extend_schema
from rest_framework import serializers, status
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.viewsets import ReadOnlyModelViewSet

from orders import actions
from orders.api.serializers import LinesIn
from orders.models import AfterSalesCase, Order
from orders.selectors.satisfaction import SATISFACTION, is_asked_about
from shop.clock import now
from shop.doors.api.authentication import actor_of
from shop.doors.api.keys import KEY_PARAMETER, keyed
from shop.doors.api.parsing import StrictText
from shop.doors.forms.serializers import AnswersIn, QuestionnaireOut, questionnaire
from shop.forms.actions.forms import establish_form
from shop.forms.actions.sheets import OF_THE_SHEET, answer_form
from shop.forms.selectors import latest_of


class CaseIn(LinesIn):
    """Units by SKU, each named once; `reason` is one of those of the case."""

    order = StrictText(max_length=20)
    reason = serializers.ChoiceField(choices=AfterSalesCase.Reason.choices)
    note = StrictText(max_length=200, allow_blank=True, default="")

    def validate(self, sent: dict[str, Any]) -> dict[str, Any]:
        if "lines" not in sent:
            raise serializers.ValidationError(
                {"lines": [_("Say which goods, and how many of them.")]}
            )
        return sent


class CaseLineOut(serializers.Serializer):
    sku = serializers.IntegerField(source="line.sku_id")
    title = serializers.CharField(source="line.title")
    specification = serializers.CharField(source="line.specification")
    quantity = serializers.IntegerField()
    amount_fen = serializers.IntegerField()


class CaseOut(serializers.ModelSerializer):
    """`answer` is service's when it was refused; `refunded_at` when the money went back;
    `may_rate`: we should like to hear what you think of it (`…/rate/`)."""

    order = serializers.CharField(source="order.number")
    lines = CaseLineOut(many=True)
    refunded_at = serializers.SerializerMethodField()
    may_rate = serializers.SerializerMethodField()

    class Meta:
        model = AfterSalesCase
        fields = (
            "number", "order", "status", "reason", "note", "amount_fen", "answer",
            "opened_at", "decided_at", "closed_at", "refunded_at", "may_rate", "lines",
        )  # fmt: skip

    def get_may_rate(self, case: Any) -> bool:
        return is_asked_about(case, now())

    def get_refunded_at(self, case: Any) -> str | None:
        instants = [refund.succeeded_at for refund in case.refunds.all() if refund.succeeded_at]
        return instants[0].isoformat() if instants else None


class AfterSales(ReadOnlyModelViewSet):
    """The customer's own after-sales cases."""

    serializer_class = CaseOut
    lookup_field = "number"
    lookup_value_regex = r"S\d{1,19}"

    def get_queryset(self):
        cases = AfterSalesCase.objects.visible_to(actor_of(self.request))
        return cases.select_related("order").prefetch_related("lines__line", "refunds")

    @extend_schema(parameters=[KEY_PARAMETER], request=CaseIn, responses={201: CaseOut})
    @keyed
    def create(self, request: Request) -> Response:
        sent = CaseIn(data=request.data)
        sent.is_valid(raise_exception=True)
        values = sent.validated_data
        by = actor_of(request)
        order = Order.objects.visible_to(by).filter(number=values["order"]).first()
        if order is None:
            raise serializers.ValidationError({"order": [_("Choose one of your orders.")]})
        case = actions.open_case(order, values["lines"], values["reason"], values["note"], by=by)
        return Response(CaseOut(self.get_queryset().get(pk=case.pk)).data, status.HTTP_201_CREATED)

    @extend_schema(methods=["GET"], request=None, responses=QuestionnaireOut)
    @extend_schema(methods=["POST"], request=AnswersIn, responses=QuestionnaireOut)
    @action(detail=True, methods=["get", "post"], url_path="rate")
    def rate(self, request: Request, number: str) -> Response:
        """What we ask about how the case was seen to, and the customer's answer, given once."""
        case, by = self.get_object(), actor_of(request)
        if request.method == "POST":
            sent = AnswersIn(data=request.data)
            sent.is_valid(raise_exception=True)
            answer_form(SATISFACTION, case.stream, sent.validated_data["answers"], by=by)
        version = establish_form(SATISFACTION, by=OF_THE_SHEET)
        return Response(questionnaire(version, latest_of(SATISFACTION, case.stream, by)))

    @extend_schema(request=None, responses=CaseOut)
    @action(detail=True, methods=["post"], url_path="withdraw")
    def withdraw(self, request: Request, number: str) -> Response:
        actions.withdraw_case(self.get_object(), by=actor_of(request))
        return Response(CaseOut(self.get_object()).data)
