"""What the mini-program saw, in batches."""

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from analytics.actions import take_events
from analytics.api.serializers import BatchIn, TakenOut
from analytics.rules import Sent
from shop.identity.actors import Actor, Door
from shop.identity.models import Customer


class Events(APIView):
    """Anybody's device may send; with a token what it saw is the customer's."""

    permission_classes = ()

    @extend_schema(request=BatchIn, responses={202: TakenOut}, operation_id="events_take")
    def post(self, request: Request) -> Response:
        batch = BatchIn(data=request.data)
        batch.is_valid(raise_exception=True)
        said = batch.validated_data
        caller: object = request.user
        customer = caller if isinstance(caller, Customer) else None
        events = [Sent(**{**event, "id": str(event["id"])}) for event in said["events"]]
        by = Actor.system("page events", Door.API)
        dropped = take_events(said["device"], customer, events, by=by)
        taken = dropped.pop("taken")
        return Response(TakenOut({"taken": taken, "dropped": dropped}).data, status=202)
