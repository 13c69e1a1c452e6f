"""Sign-in, profile, address book."""

from typing import cast

from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import status
from rest_framework.generics import get_object_or_404
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView
from rest_framework.viewsets import ViewSet

from shop.doors.account.flows import end_session, sign_in_by_wechat
from shop.doors.account.serializers import (
    AddressIn,
    AddressOut,
    CustomerOut,
    ProfileIn,
    SignInIn,
    SignInOut,
)
from shop.doors.api.authentication import actor_of, customer_of
from shop.doors.api.throttles import SignIns
from shop.doors.rights.views import ErasureOut
from shop.identity import actions
from shop.identity.models import Address, CustomerToken
from shop.rights.actions import request_erasure
from shop.rights.errors import ErasureNotConfirmed


class SignIn(APIView):
    """Sign in with the code of wx.login."""

    authentication_classes = ()
    permission_classes = ()
    throttle_classes = (SignIns,)

    @extend_schema(request=SignInIn, responses={200: SignInOut}, operation_id="auth_wechat")
    def post(self, request: Request) -> Response:
        sent = SignInIn(data=request.data)
        sent.is_valid(raise_exception=True)
        customer, token = sign_in_by_wechat(sent.validated_data["code"])
        return Response(SignInOut({"token": token, "customer": customer}).data)


class SignOut(APIView):
    """End this device's session at once."""

    @extend_schema(request=None, responses={204: None}, operation_id="auth_logout")
    def post(self, request: Request) -> Response:
        end_session(cast(CustomerToken, request.auth), by=actor_of(request))
        return Response(status=status.HTTP_204_NO_CONTENT)


class Me(APIView):
    """The customer's own profile."""

    @extend_schema(responses=CustomerOut, operation_id="me")
    def get(self, request: Request) -> Response:
        return Response(CustomerOut(customer_of(request)).data)

    @extend_schema(request=ProfileIn, responses=CustomerOut, operation_id="me_rename")
    def patch(self, request: Request) -> Response:
        sent = ProfileIn(data=request.data)
        sent.is_valid(raise_exception=True)
        customer = actions.rename_customer(
            customer_of(request), sent.validated_data["nickname"], by=actor_of(request)
        )
        return Response(CustomerOut(customer).data)

    @extend_schema(
        request=None,
        responses={202: ErasureOut},
        parameters=[OpenApiParameter("confirm", str, enum=["erase"])],
        operation_id="me_erase",
    )
    def delete(self, request: Request) -> Response:
        """Ask for the account's erasure. Without `confirm=erase` it says what would go."""
        if request.query_params.get("confirm") != "erase":
            raise ErasureNotConfirmed
        asked = request_erasure(customer_of(request), by=actor_of(request))
        return Response(ErasureOut(asked).data, status.HTTP_202_ACCEPTED)


class Addresses(ViewSet):
    """The customer's address book."""

    serializer_class = AddressOut

    @extend_schema(responses=AddressOut(many=True))
    def list(self, request: Request) -> Response:
        return Response(AddressOut(self.visible(request), many=True).data)

    @extend_schema(request=AddressIn, responses={201: AddressOut})
    def create(self, request: Request) -> Response:
        address = self.save(request, None)
        return Response(AddressOut(address).data, status.HTTP_201_CREATED)

    @extend_schema(responses=AddressOut)
    def retrieve(self, request: Request, pk: int) -> Response:
        return Response(AddressOut(self.one(request, pk)).data)

    @extend_schema(request=AddressIn, responses=AddressOut)
    def update(self, request: Request, pk: int) -> Response:
        return Response(AddressOut(self.save(request, self.one(request, pk))).data)

    @extend_schema(responses={204: None})
    def destroy(self, request: Request, pk: int) -> Response:
        actions.remove_address(self.one(request, pk), by=actor_of(request))
        return Response(status=status.HTTP_204_NO_CONTENT)

    def visible(self, request: Request):
        return Address.objects.visible_to(actor_of(request))

    def one(self, request: Request, pk: int) -> Address:
        found: Address = get_object_or_404(self.visible(request), pk=pk)
        return found

    def save(self, request: Request, address: Address | None) -> Address:
        sent = AddressIn(data=request.data)
        sent.is_valid(raise_exception=True)
        text = actions.AddressText(**sent.validated_data)
        return actions.save_address(customer_of(request), text, address, by=actor_of(request))
