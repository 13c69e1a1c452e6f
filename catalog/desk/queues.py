"""Two desks of CA4: the technical role's channels to take down, operations' candidates."""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

from django.db.models import Q, QuerySet
from django.utils.translation import gettext_lazy as _

from catalog.desk.delistings import CONFIRM_CHANNEL, DECLINE, TAKE_UP
from catalog.models import ChannelCheck, DelistingCandidate
from catalog.rendering import figures_told
from shop.doors.desk.queues import Queue, register_queue

TAKEN_DOWN_WITHIN = timedelta(hours=4)
DECIDED_WITHIN = timedelta(days=7)


def channels_to_take_down() -> QuerySet[ChannelCheck]:
    waiting = ChannelCheck.objects.unconfirmed().select_related(
        "delisting__product", "delisting__withdrawn", "channel"
    )
    return waiting.order_by("delisting__requested_at", "pk")


def of_product(checks: QuerySet[ChannelCheck], text: str) -> QuerySet[ChannelCheck]:
    return checks.filter(
        Q(delisting__product__code__iexact=text) | Q(delisting__withdrawn__title__icontains=text)
    )


def proposed() -> QuerySet[DelistingCandidate]:
    waiting = DelistingCandidate.objects.open().select_related("product__live_revision")
    return waiting.order_by("proposed_at", "pk")


def proposed_of(
    candidates: QuerySet[DelistingCandidate], text: str
) -> QuerySet[DelistingCandidate]:
    return candidates.filter(
        Q(product__code__iexact=text) | Q(product__live_revision__title__icontains=text)
    )


def in_words(candidates: Sequence[DelistingCandidate]) -> Mapping[int, Mapping[str, Any]]:
    return {one.pk: {"told": figures_told(one)} for one in candidates}


register_queue(
    Queue(
        code="take-down",
        title=_("Take-down desk"),
        purpose=_("Products that are off sale, channel by channel: look, take down, confirm."),
        empty=_("Every channel is clean. What is taken off sale appears here by itself."),
        icon="visibility_off",
        rows=channels_to_take_down,
        find=of_product,
        since="delisting__requested_at",
        watched=("copy_status",),
        template="catalog/desk/check_row.html",
        permission="catalog.confirm_channel",
        buttons=(CONFIRM_CHANNEL,),
        search_hint=_("product code or title"),
        patience=TAKEN_DOWN_WITHIN,
    )
)
register_queue(
    Queue(
        code="delisting-candidates",
        title=_("Candidates for delisting"),
        purpose=_("What sales, stock, returns and papers say should go: decide on each."),
        empty=_("Nothing is proposed. The house looks every night."),
        icon="trending_down",
        rows=proposed,
        find=proposed_of,
        since="proposed_at",
        watched=("status",),
        template="catalog/desk/candidate_row.html",
        permission="catalog.decline_candidate",
        buttons=(TAKE_UP, DECLINE),
        search_hint=_("product code or title"),
        patience=DECIDED_WITHIN,
        about=in_words,
    )
)
