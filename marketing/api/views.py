"""Home page and membership."""

from django.conf import settings
from django.http import HttpResponse
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from catalog.api.views import PublicReads
from catalog.models import Product
from catalog.selectors import stocked_categories
from marketing import actions, selectors
from marketing.api.serializers import HomeOut, MembershipOut
from marketing.models import Membership
from shop.doors.api.authentication import actor_of, customer_of


class Home(PublicReads):
    """The shop front."""

    queryset = Product.objects.none()
    pagination_class = None

    @extend_schema(responses=HomeOut, operation_id="home")
    def list(self, request: Request) -> HttpResponse:
        return self.kept(request, self.front)

    def front(self):
        return HomeOut(
            {
                "shop_name": settings.SHOP_NAME,
                "navigation": stocked_categories(),
                "new_arrivals": selectors.new_arrivals(),
                "member_offers": selectors.member_offers(),
            }
        ).data


class MyMembership(APIView):
    """Whether the customer buys at member prices; joining is free."""

    @extend_schema(responses=MembershipOut, operation_id="membership")
    def get(self, request: Request) -> Response:
        return self.tell(Membership.objects.filter(customer=customer_of(request)).first())

    @extend_schema(request=None, responses=MembershipOut, operation_id="membership_join")
    def post(self, request: Request) -> Response:
        return self.tell(actions.join_membership(customer_of(request), by=actor_of(request)))

    def tell(self, membership: Membership | None) -> Response:
        joined_at = membership.joined_at if membership else None
        return Response(
            MembershipOut({"is_member": membership is not None, "joined_at": joined_at}).data
        )
