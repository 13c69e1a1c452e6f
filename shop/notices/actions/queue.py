"""A sending's way to its lane: refused, held for quiet hours, or queued as an event."""

from datetime import datetime

from shop.clock import now
from shop.events.outbox import Event, publish
from shop.events.states import advance
from shop.identity.actors import Actor
from shop.notices.events import GroupMessageQueued, MailQueued, WechatMessageQueued
from shop.notices.kinds import Channel
from shop.notices.models import RELEASE, Notice, NoticeSending
from shop.notices.selectors import obstacle, opening
from shop.timing.actions.timers import arm_timer

Status = NoticeSending.Status

QUEUED: dict[str, type[Event]] = {
    Channel.MAIL: MailQueued,
    Channel.WECHAT: WechatMessageQueued,
    Channel.WECOM: GroupMessageQueued,
}
"""Channel → the event that its lane carries."""


def open_sending(notice: Notice, channel: Channel, *, by: Actor) -> NoticeSending:
    """The first word on one notice by one channel, in the caller's transaction.

    The desk inbox needs nothing more: the row is there to be read.
    """
    by.require("notices.open_sending")
    sending = NoticeSending(notice=notice, channel=channel, queued_at=now())
    if reason := obstacle(sending):
        sending.status, sending.reason, sending.settled_at = Status.REFUSED, reason, now()
    elif channel == Channel.DESK:
        sending.status, sending.settled_at = Status.SENT, now()
    elif (opens := opening(sending, now())) > now():
        sending.status, sending.release_at = Status.HELD, opens
    sending.save()
    _set_going(sending, by)
    return sending


def hold_sending(sending: NoticeSending, until: datetime, *, by: Actor) -> None:
    """Quiet hours have begun while it waited: until they end. The caller holds its lock."""
    by.require("notices.hold_sending")
    advance(sending, "hold")
    sending.release_at = until
    sending.save(update_fields=["status", "release_at", "repeats"])
    _set_going(sending, by)


def queue_sending(sending: NoticeSending, *, by: Actor) -> None:
    """Its lane shall carry it now. The caller holds its lock and has saved its state."""
    by.require("notices.queue_sending")
    _set_going(sending, by)


def _set_going(sending: NoticeSending, by: Actor) -> None:
    if sending.status == Status.QUEUED:
        publish(QUEUED[sending.channel](sending.pk), by=by)  # type: ignore[call-arg]
    elif sending.status == Status.HELD and sending.release_at:
        arm_timer(RELEASE, sending.stream, sending.release_at, by=by)
