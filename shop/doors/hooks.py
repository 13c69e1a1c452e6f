"""Where vendors knock: verify, store once, answer; applying is a reaction's work."""

from collections.abc import Mapping
from datetime import datetime
from secrets import compare_digest
from typing import Protocol

from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_POST

from shop.clock import now
from shop.doors.api.problems import fail
from shop.doors.health import count_refused
from shop.doors.patience import database_answers_within
from shop.events.actions import receive_message
from shop.identity.actors import Actor, Door
from shop.notices.actions.bounces import record_bounce
from shop.vendors import bounces
from shop.vendors.carriers.client import COMPANIES, MOST_PUSH_BYTES, get_carrier
from shop.vendors.carriers.errors import BadPush, ForgedPush
from shop.vendors.wechat.errors import BadNotice, ForgedNotice
from shop.vendors.wechat.notices import (
    MOST_BYTES,
    Notice,
    RefundNotice,
    open_notice,
    open_refund_notice,
)
from shop.vendors.wechat.pushes import open_push, require_signed

SECONDS_TO_STORE = 4.0


@csrf_exempt
@require_POST
def tracking(request: HttpRequest, carrier: str) -> HttpResponse:
    """快递100, 推送接口: what a carrier scanned. Stored once, word for word, before it is answered;
    it is pushed three times more, half an hour apart, until the answer says that we have it.
    """
    if carrier not in COMPANIES:
        return _push_refused(404, "no carrier of ours")
    if int(request.headers.get("Content-Length") or 0) > MOST_PUSH_BYTES:
        count_refused("bad")
        return _push_refused(413, "body over 256 KB")
    try:
        push = get_carrier(carrier).parse_push(request.body, request.headers)
    except ForgedPush:
        count_refused("forged")
        return _push_refused(401, "signature refused")
    except BadPush:
        count_refused("bad")
        return _push_refused(400, "push refused")
    by = Actor.system("the carrier signed it", Door.VENDOR)
    with database_answers_within(SECONDS_TO_STORE):
        receive_message(f"tracking-{carrier}", push.id, request.body, by=by)
    return JsonResponse({"result": True, "returnCode": "200", "message": "成功"})


def _push_refused(status: int, why: str) -> JsonResponse:
    return JsonResponse({"result": False, "returnCode": str(status), "message": why}, status=status)


@csrf_exempt
@require_http_methods(["GET", "POST"])
def wechat(request: HttpRequest) -> HttpResponse:
    """WeChat 小程序, 消息推送. GET proves to its console that this address is ours; a POST is
    stored once before it is answered with `success`, else it comes up to three times more.
    """
    if int(request.headers.get("Content-Length") or 0) > MOST_BYTES:
        count_refused("bad")
        return fail(413, "body over 64 KB")
    try:
        if request.method == "GET":
            require_signed(request.GET.dict(), at=now())
            return HttpResponse(request.GET.get("echostr", ""), content_type="text/plain")
        push = open_push(request.body, request.GET.dict(), at=now())
    except ForgedNotice:
        count_refused("forged")
        return fail(401, "signature refused")
    except BadNotice:
        count_refused("bad")
        return fail(400, "push refused")
    by = Actor.system("WeChat pushed it", Door.VENDOR)
    with database_answers_within(SECONDS_TO_STORE):
        receive_message("wechat", push.id, request.body, by=by)
    return HttpResponse("success", content_type="text/plain")


@csrf_exempt
@require_POST
def mail(request: HttpRequest) -> HttpResponse:
    """A mail server hands in what came back to our sender, word for word (RFC 3464), under
    `Authorization: Bearer MAIL_HOOK_KEY`. 204 once it is counted; what only is late is no bounce.
    """
    said = request.headers.get("Authorization", "")
    key = settings.MAIL_HOOK_KEY
    if not key or not compare_digest(said.encode(), f"Bearer {key}".encode()):
        count_refused("forged")
        return fail(401, "key refused")
    if int(request.headers.get("Content-Length") or 0) > bounces.MOST_BYTES:
        count_refused("bad")
        return fail(413, "body over 256 KB")
    try:
        found = bounces.read_bounce(request.body)
    except bounces.BadBounce:
        count_refused("bad")
        return fail(400, "no delivery status")
    by = Actor.system("a mail server handed it in", Door.VENDOR)
    with database_answers_within(SECONDS_TO_STORE):
        for one in found:
            if one.is_hard:
                record_bounce(one.message_id, one.address, one.status, by=by)
    return HttpResponse(status=204)


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
