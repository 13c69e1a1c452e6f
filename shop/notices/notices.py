"""What the kernel tells: that something of the machine waits for people."""

from django.utils.translation import gettext_lazy as _

from shop.events.models import Delivery
from shop.notices.kinds import Audience, Channel, Figures, NoticeKind, register_kind
from shop.notices.models import Notice
from shop.timing.models import Timer

STAFF_CHANNELS = (Channel.DESK, Channel.MAIL, Channel.WECOM)
MINDS_THE_MACHINE = "technical_lead"


def of_delivery(notice: Notice) -> Figures:
    delivery = Delivery.objects.get(pk=notice.subject_id)
    return {"reaction": delivery.reaction, "about": delivery.stream, "tries": delivery.attempts}


def is_still_parked(notice: Notice) -> bool:
    return Delivery.objects.parked().filter(pk=notice.subject_id).exists()


DELIVERY_PARKED = register_kind(
    NoticeKind(
        code="events.delivery_parked",
        label=_("a delivery is parked"),
        article="A3.3",
        audience=Audience.STAFF,
        channels=STAFF_CHANNELS,
        subject=_("Parked: %(reaction)s"),
        body=_(
            "%(reaction)s gave up on %(about)s after %(tries)s tries. Later ones of its subject"
            " wait behind it: mend the cause, then try it again."
        ),
        look_up=of_delivery,
        model="events.Delivery",
        is_urgent=True,
        still_matters=is_still_parked,
    )
)


def of_timer(notice: Notice) -> Figures:
    timer = Timer.objects.get(pk=notice.subject_id)
    return {"timer": timer.kind, "about": timer.subject, "tries": timer.attempts}


def is_still_dead(notice: Notice) -> bool:
    return Timer.objects.dead().filter(pk=notice.subject_id).exists()


TIMER_DIED = register_kind(
    NoticeKind(
        code="timing.timer_died",
        label=_("a timer failed for good"),
        article="A3.3",
        audience=Audience.STAFF,
        channels=STAFF_CHANNELS,
        subject=_("Failed for good: timer %(timer)s"),
        body=_(
            "%(timer)s for %(about)s failed %(tries)s times and does not fire any more. Mend the"
            " cause, then let it fire after all."
        ),
        look_up=of_timer,
        model="timing.Timer",
        is_urgent=True,
        still_matters=is_still_dead,
    )
)
