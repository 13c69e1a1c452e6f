"""`Idempotency-Key`: the same key, the same effect, the same answer, byte for byte.

Contract: a POST that moves money or stock wants a key of 16 to 255 printable characters. Used
again with the same request it answers what it answered; with another request it is 422; while the
first is still at work it is 409. A refusal undoes everything, the key too: the same key may then
be tried again. Keys live a week.
"""

import hashlib
from collections.abc import Callable
from datetime import timedelta
from functools import wraps
from typing import Any

from django.db import OperationalError, transaction
from django.http import HttpResponse
from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import OpenApiParameter
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response

from shop.clock import now
from shop.doors.api.authentication import customer_of
from shop.doors.models import IdempotencyKey
from shop.errors import DomainError, InvalidValue
from shop.identity.fields import seal
from shop.statements import rows_of

HEADER = "Idempotency-Key"
SHORTEST, LONGEST = 16, 255
KEPT = timedelta(days=7)
LOCK_NOT_AVAILABLE = "55P03"
KEY_PARAMETER = OpenApiParameter(HEADER, str, OpenApiParameter.HEADER, required=True)
View = Callable[..., Response]


class KeyReused(DomainError):
    """The key was used before for another request; nothing was done."""

    code = "key-reused"
    title = _("This idempotency key belongs to another request.")
    status = 422


class KeyInUse(DomainError):
    """The first request with this key is still at work: ask again in a moment."""

    code = "key-in-use"
    title = _("This request is still being worked on: ask again in a moment.")


def keyed(view: View) -> Callable[..., HttpResponse]:
    """The view happens once per key, in one transaction with its answer."""

    @wraps(view)
    def once(self: Any, request: Request, *args: Any, **kwargs: Any) -> HttpResponse:
        with transaction.atomic():
            row = claim(request)
            if row.status is None:
                store(row, view(self, request, *args, **kwargs))
        return told(row)

    return once


def keyed_after(ask: Callable[[Request], Any]) -> Callable[[View], Callable[..., HttpResponse]]:
    """`keyed`, for a view that wants a vendor's word first: `ask` is called while no transaction is
    open, and the view is handed its answer.
    """

    def decorate(view: View) -> Callable[..., HttpResponse]:
        once = keyed(view)

        @wraps(view)
        def asked(self: Any, request: Request, *args: Any, **kwargs: Any) -> HttpResponse:
            _ = request._request.body  # whole, before a parser has used it up: the key is of it
            return once(self, request, ask(request), *args, **kwargs)

        return asked

    return decorate


def keyed_and_resumable(view: View) -> Callable[..., HttpResponse]:
    """For a view that calls a vendor, whose flow may be run again from where it stopped.

    The key is committed first and no transaction stays open; a retry without an answer resumes.
    """

    @wraps(view)
    def resumed(self: Any, request: Request, *args: Any, **kwargs: Any) -> HttpResponse:
        row = claim(request)
        if row.status is None:
            answered = view(self, request, *args, **kwargs)
            with transaction.atomic():
                row = IdempotencyKey.objects.select_for_update().get(pk=row.pk)
                if row.status is None:  # else a twin was faster: its answer is the answer
                    store(row, answered)
        return told(row)

    return resumed


CLAIM = """
INSERT INTO doors_idempotencykey (scope, key, request_hash, created_at)
VALUES (%(scope)s, %(key)s, %(request_hash)s, %(created_at)s) ON CONFLICT DO NOTHING RETURNING id
"""
ANSWERED = """
UPDATE doors_idempotencykey SET status = %(status)s::smallint, body = %(body)s WHERE id = %(id)s
"""


def claim(request: Request) -> IdempotencyKey:
    """The key's row, ours or an earlier request's. A rival at work makes us wait, then KeyInUse."""
    key = key_of(request)
    scope = f"{customer_of(request).pk} {request.method} {request.path}"
    fingerprint = hashlib.sha256(request._request.body).digest()
    ours = {"scope": scope, "key": key, "request_hash": fingerprint, "created_at": now()}
    try:
        claimed = rows_of(CLAIM, ours)
    except OperationalError as error:
        if getattr(error.__cause__, "sqlstate", "") == LOCK_NOT_AVAILABLE:
            raise KeyInUse from error
        raise
    if claimed:
        return IdempotencyKey(id=claimed[0][0], **ours)
    row = IdempotencyKey.objects.get(scope=scope, key=key)
    if bytes(row.request_hash) != fingerprint:
        raise KeyReused
    return row


def key_of(request: Request) -> str:
    key: str = request.headers.get(HEADER, "")
    if not SHORTEST <= len(key) <= LONGEST or not (key.isascii() and key.isprintable()):
        raise InvalidValue(
            fields={HEADER: [_("Send a key of 16 to 255 printable characters in this header.")]}
        )
    return key


def store(row: IdempotencyKey, answered: Response) -> None:
    row.status = answered.status_code
    row.body = JSONRenderer().render(answered.data).decode()
    body = seal(row.body, "doors_idempotencykey.body")
    rows_of(ANSWERED, {"status": row.status, "body": body, "id": row.pk})


def told(row: IdempotencyKey) -> HttpResponse:
    return HttpResponse(row.body, status=row.status, content_type="application/json")


def forget_old_keys() -> int:
    """Delete the keys nobody may use any more; how many there were."""
    return IdempotencyKey.objects.filter(created_at__lt=now() - KEPT).delete()[0]
