"""Ways of selling: registered, closed, opened again."""

from django.db import transaction

from shop.clock import now
from shop.errors import InvalidValue
from shop.events.outbox import after_commit, publish
from shop.events.states import advance
from shop.identity.actors import Actor
from shop.records import in_force
from shop.records.errors import OwnChannel
from shop.records.events import ChannelClosed, ChannelRegistered, ChannelReopened
from shop.records.models import MINI_PROGRAM, Channel


def register_channel(code: str, kind: str, name: str, *, by: Actor) -> Channel:
    """A new way of selling, open at once; of one that exists nothing changes."""
    by.require("records.register_channel")
    if kind not in Channel.Kind.values:
        raise InvalidValue(fields={"kind": [kind]})
    with transaction.atomic():
        channel, is_new = Channel.objects.get_or_create(
            code=code, defaults={"kind": kind, "name": name, "created_at": now()}
        )
        if is_new:
            publish(ChannelRegistered(code, kind), by=by)
    _tell_this_process()
    return channel


def close_channel(channel: Channel, *, by: Actor) -> Channel:
    """Take no more orders by this way; those that came by it go on. Raises OwnChannel."""
    by.require("records.close_channel")
    if channel.code == MINI_PROGRAM:
        raise OwnChannel
    with transaction.atomic():
        channel = _advanced(channel, "close")
        publish(ChannelClosed(channel.code), by=by)
    _tell_this_process()
    return channel


def reopen_channel(channel: Channel, *, by: Actor) -> Channel:
    """Take orders by this way again."""
    by.require("records.reopen_channel")
    with transaction.atomic():
        channel = _advanced(channel, "reopen")
        publish(ChannelReopened(channel.code), by=by)
    _tell_this_process()
    return channel


def _advanced(channel: Channel, verb: str) -> Channel:
    channel = Channel.objects.select_for_update(no_key=True).get(pk=channel.pk)
    advance(channel, verb)
    channel.save(update_fields=["status"])
    return channel


def _tell_this_process() -> None:
    in_force.remember(None)
    after_commit(lambda: in_force.remember(None))
