"""What the kernel tells: that something of the machine waits for people."""

from django.utils.timezone import localtime
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from shop.clock import today
from shop.events.models import Delivery
from shop.identity.roles import BY_CODE
from shop.notices.kinds import Audience, Channel, Figures, NoticeKind, register_kind
from shop.notices.models import Notice
from shop.papers.kinds import stopped_by
from shop.papers.models import Paper
from shop.papers.selectors import standing_of
from shop.timing.models import Timer
from shop.work.models import Approval, Job, WorkItem

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


def of_item(notice: Notice) -> Figures:
    item = WorkItem.objects.get(pk=notice.subject_id)
    return {"title": item.title, "post": item.person or BY_CODE[item.role].name}


def is_still_open(notice: Notice) -> bool:
    return WorkItem.objects.open().filter(pk=notice.subject_id).exists()


WORK_OVERDUE = register_kind(
    NoticeKind(
        code="work.overdue",
        label=_("work is overdue"),
        article="B2.2.4",
        audience=Audience.STAFF,
        channels=(Channel.DESK, Channel.MAIL),
        subject=_("Overdue: %(title)s"),
        body=_("The time for “%(title)s” is up, and it is not settled. It lies with: %(post)s."),
        look_up=of_item,
        model="work.WorkItem",
        still_matters=is_still_open,
    )
)

WORK_HANDED_OVER = register_kind(
    NoticeKind(
        code="work.handed_over",
        label=_("work was handed to you"),
        article="B2.2.4",
        audience=Audience.STAFF,
        channels=(Channel.DESK,),
        subject=_("For you: %(title)s"),
        body=_("“%(title)s” was handed over to you or your post. Take it, or say who should."),
        look_up=of_item,
        model="work.WorkItem",
        still_matters=is_still_open,
    )
)


def of_approval(notice: Notice) -> Figures:
    approval = Approval.objects.select_related("requested_by").get(pk=notice.subject_id)
    return {
        "title": approval.title,
        "who": approval.requested_by,
        "state": approval.get_status_display(),
        "comment": approval.comment or "—",
        "until": localtime(approval.expires_at).strftime("%Y-%m-%d %H:%M"),
    }


def still_waits(notice: Notice) -> bool:
    return Approval.objects.waiting().filter(pk=notice.subject_id).exists()


APPROVAL_ASKED = register_kind(
    NoticeKind(
        code="work.approval_asked",
        label=_("an approval waits for you"),
        article="C6.1.2",
        audience=Audience.STAFF,
        channels=(Channel.DESK, Channel.MAIL),
        subject=_("To approve: %(title)s"),
        body=_("%(who)s asks for your decision: %(title)s. Until %(until)s."),
        look_up=of_approval,
        model="work.Approval",
        still_matters=still_waits,
    )
)

APPROVAL_SETTLED = register_kind(
    NoticeKind(
        code="work.approval_settled",
        label=_("your approval is decided"),
        article="C6.1.2",
        audience=Audience.STAFF,
        channels=(Channel.DESK,),
        subject=_("%(state)s: %(title)s"),
        body=_("“%(title)s” that you asked for is now: %(state)s. %(comment)s"),
        look_up=of_approval,
        model="work.Approval",
    )
)


def of_job(notice: Notice) -> Figures:
    job = Job.objects.get(pk=notice.subject_id)
    name = job.payload.get("name")
    return {
        "work": f"{job.label} · {name}" if name else job.label,
        "done": job.done - job.refused,
        "refused": job.refused,
        "error": job.last_error,
    }


LONG_WORK_PAGE = ("desk:queue", "jobs")

LONG_WORK_FINISHED = register_kind(
    NoticeKind(
        code="work.long_work_finished",
        label=_("your long work is finished"),
        article="B2.2.4",
        audience=Audience.STAFF,
        channels=(Channel.DESK,),
        subject=_("Finished: %(work)s"),
        body=_("%(done)s rows done, %(refused)s refused. Its file is kept for seven days."),
        look_up=of_job,
        page=LONG_WORK_PAGE,
    )
)

LONG_WORK_FAILED = register_kind(
    NoticeKind(
        code="work.long_work_failed",
        label=_("your long work failed"),
        article="B2.2.4",
        audience=Audience.STAFF,
        channels=(Channel.DESK, Channel.MAIL),
        subject=_("Failed: %(work)s"),
        body=_("%(error)s %(done)s rows were done before and stay done."),
        look_up=of_job,
        page=LONG_WORK_PAGE,
    )
)


MINDS_THE_PAPERS = "compliance_reviewer"


def of_paper(notice: Notice) -> Figures:
    paper = Paper.objects.get(pk=notice.subject_id)
    return {
        "paper": paper,
        "until": paper.valid_until or "—",
        "days": (notice.figures or {}).get("days", 0),
        "stops": gettext(", ").join(map(str, stopped_by(paper.kind))) or gettext("nothing"),
    }


def is_not_renewed(notice: Notice) -> bool:
    paper = Paper.objects.get(pk=notice.subject_id)
    return standing_of(paper, today()) in {"ending", "lapsed"}


PAPER_ENDS = register_kind(
    NoticeKind(
        code="papers.ending",
        label=_("a document ends soon"),
        article="A4.1a",
        audience=Audience.STAFF,
        channels=(Channel.DESK, Channel.MAIL),
        subject=_("Ends in %(days)s days: %(paper)s"),
        body=_(
            "%(paper)s is valid until %(until)s. What stops when it lapses: %(stops)s. Apply for"
            " the next one, and file it when it is there."
        ),
        look_up=of_paper,
        model="papers.Paper",
        still_matters=is_not_renewed,
    )
)

PAPER_RAN_OUT = register_kind(
    NoticeKind(
        code="papers.lapsed",
        label=_("a document has lapsed"),
        article="A4.1a",
        audience=Audience.STAFF,
        channels=(Channel.DESK, Channel.MAIL),
        subject=_("Lapsed: %(paper)s"),
        body=_(
            "%(paper)s was valid until %(until)s, and nothing follows it. Stopped by itself:"
            " %(stops)s. It goes on by itself when the next one is filed."
        ),
        look_up=of_paper,
        model="papers.Paper",
        is_urgent=True,
        still_matters=is_not_renewed,
    )
)
