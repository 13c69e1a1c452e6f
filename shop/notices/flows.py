"""Sending: taken in hand, handed to the vendor with no transaction open, settled."""

from collections.abc import Callable

from shop.identity.actors import Actor
from shop.notices import rendering
from shop.notices.actions.sendings import (
    Outcome,
    begin_sending,
    put_back_sending,
    settle_sending,
)
from shop.notices.kinds import Channel
from shop.notices.models import NoticeSending
from shop.vendors.errors import NotAsked, VendorBusy, VendorError, VendorRefused, VendorUnreachable
from shop.vendors.mail import MailUnanswered, UnsafeMail, send_mail
from shop.vendors.wechat.errors import NotSubscribed
from shop.vendors.wechat.messages import get_messages
from shop.vendors.wecom.robot import get_robot

Reason = NoticeSending.Reason

SURELY_NOT_SENT: dict[str, tuple[type[VendorError], ...]] = {
    Channel.MAIL: (VendorBusy, VendorUnreachable),  # before the last dot nothing is handed over
    Channel.WECHAT: (VendorBusy, NotAsked),
    Channel.WECOM: (VendorBusy, NotAsked),
}


def send_out(sending_id: int, *, by: Actor) -> None:
    """Send what is queued, once its turn has come. Runs at least once.

    Cut off between the vendor and our mark it is sent again under the same number, and counted.
    Raises VendorRetryable: the lane tries again. Raises GroupIsFull.
    """
    sending = begin_sending(sending_id, by=by)
    if sending is None:
        return
    try:
        SEND[sending.channel](sending)
    except SURELY_NOT_SENT[sending.channel]:
        put_back_sending(sending, by=by)
        raise
    except (VendorRefused, MailUnanswered) as error:
        settle_sending(sending, _outcome_of(error, sending), by=by)
    else:
        settle_sending(sending, Outcome("succeed"), by=by)


def _outcome_of(error: VendorError, sending: NoticeSending) -> Outcome:
    if isinstance(error, MailUnanswered):
        return Outcome("lose", Reason.UNANSWERED)
    if isinstance(error, UnsafeMail):
        return Outcome("refuse", Reason.UNSAFE)
    if isinstance(error, NotSubscribed):
        return _not_subscribed(error, sending)
    return Outcome("fail", Reason.VENDOR, error.code)


def _not_subscribed(error: NotSubscribed, sending: NoticeSending) -> Outcome:
    """Of a repeat it may mean that the first one arrived and used up what was allowed."""
    if sending.repeats:
        return Outcome("lose", Reason.UNANSWERED, error.code)
    return Outcome("refuse", Reason.NOT_SUBSCRIBED, error.code)


def _by_mail(sending: NoticeSending) -> None:
    send_mail(rendering.mail_of(sending))


def _by_wechat(sending: NoticeSending) -> None:
    get_messages().send(rendering.subscribe_message_of(sending))


def _by_wecom(sending: NoticeSending) -> None:
    robot = get_robot()
    if robot is None:
        raise VendorRefused("WeCom", "WECOM_ROBOT_URL is not set")
    robot.write(rendering.group_text_of(sending))


SEND: dict[str, Callable[[NoticeSending], None]] = {
    Channel.MAIL: _by_mail,
    Channel.WECHAT: _by_wechat,
    Channel.WECOM: _by_wecom,
}
