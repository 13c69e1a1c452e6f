"""Carts and orders: every write is one action."""

from drf_spectacular.utils import extend_schema
from rest_framework import status
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView
from rest_framework.viewsets import ReadOnlyModelViewSet

from orders import actions, flows, selectors
from orders.api.filters import OrderFilter
from orders.api.serializers import (
    CartLineOut,
    LinesIn,
    OrderIn,
    OrderOut,
    PaymentParametersOut,
    PlacedOut,
    QuantityIn,
    QuoteOut,
    TrackedParcelOut,
)
from orders.errors import CartIsEmpty
from orders.models import Order
from shop.doors.api.authentication import actor_of, customer_of
from shop.doors.api.keys import KEY_PARAMETER, keyed, keyed_and_resumable


class Cart(APIView):
    """What the customer means to buy."""

    @extend_schema(responses=CartLineOut(many=True), operation_id="cart")
    def get(self, request: Request) -> Response:
        return Response(CartLineOut(selectors.cart_of(customer_of(request)), many=True).data)


class CartLine(APIView):
    """One SKU of the cart."""

    @extend_schema(request=QuantityIn, responses=CartLineOut, operation_id="cart_put_line")
    def put(self, request: Request, sku: int) -> Response:
        sent = QuantityIn(data=request.data)
        sent.is_valid(raise_exception=True)
        actions.put_cart_line(
            customer_of(request), sku, sent.validated_data["quantity"], by=actor_of(request)
        )
        return Response(CartLineOut(selectors.cart_of(customer_of(request)).get(sku_id=sku)).data)

    @extend_schema(responses={204: None}, operation_id="cart_remove_line")
    def delete(self, request: Request, sku: int) -> Response:
        actions.remove_cart_line(customer_of(request), sku, by=actor_of(request))
        return Response(status=status.HTTP_204_NO_CONTENT)


class Orders(ReadOnlyModelViewSet):
    """The customer's own orders."""

    serializer_class = OrderOut
    filterset_class = OrderFilter
    lookup_field = "number"
    lookup_value_regex = r"\d{1,20}"

    def get_queryset(self):
        return selectors.with_lines(Order.objects.visible_to(actor_of(self.request)))

    @extend_schema(parameters=[KEY_PARAMETER], request=OrderIn, responses={201: PlacedOut})
    @keyed
    def create(self, request: Request) -> Response:
        sent = OrderIn(data=request.data)
        sent.is_valid(raise_exception=True)
        basket = actions.Basket(
            address_id=sent.validated_data["address"],
            payable_fen=sent.validated_data["payable_fen"],
            lines=sent.validated_data.get("lines"),
            remark=sent.validated_data["remark"],
            policies=sent.validated_data.get("policies"),
        )
        order = actions.place_order(customer_of(request), basket, by=actor_of(request))
        return Response(PlacedOut(order).data, status.HTTP_201_CREATED)

    @extend_schema(request=LinesIn, responses=QuoteOut)
    @action(detail=False, methods=["post"], url_path="quote")
    def quote(self, request: Request) -> Response:
        sent = LinesIn(data=request.data)
        sent.is_valid(raise_exception=True)
        wanted = sent.validated_data.get("lines")
        if wanted is None:
            cart = selectors.cart_of(customer_of(request))
            wanted = {line.sku_id: line.quantity for line in cart}
        if not wanted:
            raise CartIsEmpty
        return Response(QuoteOut(selectors.priced(wanted, customer_of(request))).data)

    @extend_schema(parameters=[KEY_PARAMETER], request=None, responses=PaymentParametersOut)
    @action(detail=True, methods=["post"], url_path="pay")
    @keyed_and_resumable
    def pay(self, request: Request, number: str) -> Response:
        return Response(flows.pay_order(self.get_object(), by=actor_of(request)))

    @extend_schema(parameters=[KEY_PARAMETER], request=None, responses=OrderOut)
    @action(detail=True, methods=["post"], url_path="cancel")
    @keyed_and_resumable
    def cancel(self, request: Request, number: str) -> Response:
        flows.cancel_order(self.get_object(), "customer", by=actor_of(request))
        return Response(OrderOut(self.get_object()).data)

    @extend_schema(request=None, responses=OrderOut)
    @action(detail=True, methods=["post"], url_path="confirm-receipt")
    def confirm_receipt(self, request: Request, number: str) -> Response:
        actions.sign_order(self.get_object(), by=actor_of(request))
        return Response(OrderOut(self.get_object()).data)

    @extend_schema(responses=TrackedParcelOut(many=True))
    @action(detail=True, methods=["get"], url_path="tracking", pagination_class=None)
    def tracking(self, request: Request, number: str) -> Response:
        left = self.get_object().parcels.shipped().select_related("track")
        parcels = left.prefetch_related("scans", "lines__line")
        return Response(TrackedParcelOut(parcels, many=True).data)
