"""Where vendors knock: verify, store once, answer; applying is a reaction's work."""

from collections.abc import Mapping
from datetime import datetime
from typing import Protocol

from django.http import HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from shop.clock import now
from shop.doors.api.problems import fail
from shop.doors.health import count_refused
from shop.doors.patience import database_answers_within
from shop.events.actions import receive_message
from shop.identity.actors import Actor, Door
from shop.vendors.wechat.errors import BadNotice, ForgedNotice
from shop.vendors.wechat.notices import (
    MOST_BYTES,
    Notice,
    RefundNotice,
    open_notice,
    open_refund_notice,
)

SECONDS_TO_STORE = 4.0


class Opener(Protocol):
    """Believes a notice, or raises ForgedNotice or BadNotice."""

    def __call__(
        self, raw: bytes, headers: Mapping[str, str], *, at: datetime
    ) -> Notice | RefundNotice: ...


@csrf_exempt
@require_POST
def wechatpay(request: HttpRequest) -> HttpResponse:
    """WeChat Pay v3, 支付成功通知."""
    return _stored(request, "wechatpay", open_notice)


@csrf_exempt
@require_POST
def wechatpay_refund(request: HttpRequest) -> HttpResponse:
    """WeChat Pay v3, 退款结果通知."""
    return _stored(request, "wechatpay-refund", open_refund_notice)


def _stored(request: HttpRequest, source: str, opened: Opener) -> HttpResponse:
    """204 only once the notice is durable; else WeChat tries again.

    Unsigned, stale or altered: 401. Signed but not for us: 400. Nothing changes then but a counter.
    It hangs up after 5 s: a database that takes longer than 4 is 503, as if it were away.
    """
    if int(request.headers.get("Content-Length") or 0) > MOST_BYTES:
        count_refused("bad")
        return fail(413, "body over 64 KB")
    try:
        notice = opened(request.body, request.headers, at=now())
    except ForgedNotice:
        count_refused("forged")
        return fail(401, "signature refused")
    except BadNotice:
        count_refused("bad")
        return fail(400, "notice refused")
    by = Actor.system("WeChat Pay signed it", Door.VENDOR)
    with database_answers_within(SECONDS_TO_STORE):
        receive_message(source, notice.id, request.body, by=by)
    return HttpResponse(status=204)
