"""A batch of page events coming in, and what became of it."""

from rest_framework import serializers

from analytics import rules
from shop.doors.api.parsing import Input, StrictInstant, StrictInteger, StrictText


class SentIn(Input):
    """One event. `id` is a UUID made on the phone; `at` carries its offset."""

    id = serializers.UUIDField()
    kind = StrictText(max_length=20)
    page = StrictText(max_length=20)
    at = StrictInstant()
    product = StrictInteger(min_value=1, max_value=2**53, required=False, allow_null=True)
    scene = StrictInteger(min_value=0, max_value=9999, required=False, allow_null=True)
    campaign = StrictText(max_length=40, required=False, allow_blank=True)


class BatchIn(Input):
    """What one device saw. `device` is a random id that the mini-program keeps for itself."""

    device = StrictText(min_length=16, max_length=64)
    events = serializers.ListField(child=SentIn(), min_length=1, max_length=rules.MOST_EVENTS)


class TakenOut(serializers.Serializer):
    """How many were taken, and how many dropped by reason."""

    taken = serializers.IntegerField()
    dropped = serializers.DictField(child=serializers.IntegerField())
