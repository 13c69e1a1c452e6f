"""What is told because of facts of the kernel, and how what is queued goes out.

A chapter tells its own news in its own reactions.
"""

from shop.events.events import DeliveryParked
from shop.events.models import EventLog
from shop.events.outbox import reacts_to
from shop.identity.actors import Actor
from shop.identity.models import User
from shop.notices.actions.raising import Fact, send_notice
from shop.notices.events import GroupMessageQueued, MailQueued, WechatMessageQueued
from shop.notices.flows import send_out
from shop.notices.notices import (
    APPROVAL_ASKED,
    APPROVAL_SETTLED,
    DELIVERY_PARKED,
    LONG_WORK_FAILED,
    LONG_WORK_FINISHED,
    MINDS_THE_MACHINE,
    MINDS_THE_PAPERS,
    PAPER_ENDS,
    PAPER_RAN_OUT,
    TIMER_DIED,
    WORK_HANDED_OVER,
    WORK_OVERDUE,
)
from shop.papers.events import PaperEnding, PaperRanOut
from shop.timing.events import TimerDied
from shop.work.events import (
    ApprovalExpired,
    ApprovalGranted,
    ApprovalRefused,
    ApprovalRequested,
    LongWorkFailed,
    LongWorkFinished,
    WorkItemHandedOver,
    WorkItemOverdue,
)
from shop.work.models import Approval, Job
from shop.work.selectors.approvals import deciders_of


@reacts_to(DeliveryParked)
def tell_of_parked_delivery(event: DeliveryParked, fact: EventLog) -> None:
    """Each time it is parked is a fact of its own."""
    by = Actor.system("a delivery is parked")
    told = Fact(fact.stream, key=f"{fact.stream}#{fact.seq}")
    send_notice(DELIVERY_PARKED, MINDS_THE_MACHINE, told, by=by)


@reacts_to(TimerDied)
def tell_of_dead_timer(event: TimerDied, fact: EventLog) -> None:
    """Each time it dies is a fact of its own."""
    by = Actor.system("a timer failed for good")
    told = Fact(fact.stream, key=f"{fact.stream}#{fact.seq}")
    send_notice(TIMER_DIED, MINDS_THE_MACHINE, told, by=by)


@reacts_to(WorkItemOverdue)
def tell_supervisor_of_overdue_work(event: WorkItemOverdue, fact: EventLog) -> None:
    """What is late goes before the supervising post, or its own where there is none above."""
    by = Actor.system("work is overdue")
    send_notice(WORK_OVERDUE, event.supervisor or event.role, Fact(fact.stream), by=by)


@reacts_to(WorkItemHandedOver)
def tell_receiver_of_work(event: WorkItemHandedOver, fact: EventLog) -> None:
    """The person it was handed to, or the post; each hand-over is a fact of its own."""
    by = Actor.system("work was handed over")
    receiver = User.objects.get(pk=event.user_id) if event.user_id else event.role
    told = Fact(fact.stream, key=f"{fact.stream}#{fact.seq}")
    send_notice(WORK_HANDED_OVER, receiver, told, by=by)


@reacts_to(ApprovalRequested)
def tell_deciders_of_approval(event: ApprovalRequested, fact: EventLog) -> None:
    """The post that shall decide, and whoever stands in for its people; never who asked."""
    by = Actor.system("an approval was asked for")
    approval = Approval.objects.get(pk=event.approval_id)
    for decider in deciders_of(approval, event.role):
        send_notice(APPROVAL_ASKED, decider, Fact(fact.stream), by=by)


@reacts_to(ApprovalGranted, ApprovalRefused, ApprovalExpired)
def tell_requester_of_approval(
    event: ApprovalGranted | ApprovalRefused | ApprovalExpired, fact: EventLog
) -> None:
    """Who asked can carry it out now, hears the words of the refusal, or may ask again."""
    by = Actor.system("the approval is decided")
    approval = Approval.objects.select_related("requested_by").get(pk=event.approval_id)
    told = Fact(fact.stream, key=f"{fact.stream}#{fact.seq}")
    send_notice(APPROVAL_SETTLED, approval.requested_by, told, by=by)


@reacts_to(LongWorkFinished)
def tell_of_finished_long_work(event: LongWorkFinished, fact: EventLog) -> None:
    """Whoever started it went on with something else."""
    job = Job.objects.select_related("started_by").get(pk=event.job_id)
    by = Actor.system("long work is finished")
    send_notice(LONG_WORK_FINISHED, job.started_by, Fact(fact.stream), by=by)


@reacts_to(LongWorkFailed)
def tell_of_failed_long_work(event: LongWorkFailed, fact: EventLog) -> None:
    """Whoever started it has to know, and how far it came."""
    job = Job.objects.select_related("started_by").get(pk=event.job_id)
    by = Actor.system("long work failed")
    send_notice(LONG_WORK_FAILED, job.started_by, Fact(fact.stream), by=by)


@reacts_to(PaperEnding)
def tell_of_ending_paper(event: PaperEnding, fact: EventLog) -> None:
    """Two months, one month and a week before: each is a fact of its own."""
    by = Actor.system("a document ends soon")
    told = Fact(fact.stream, {"days": event.days}, key=f"{fact.stream}#{fact.seq}")
    send_notice(PAPER_ENDS, MINDS_THE_PAPERS, told, by=by)


@reacts_to(PaperRanOut)
def tell_of_lapsed_paper(event: PaperRanOut, fact: EventLog) -> None:
    """Those who renew it, and those whose work it stops."""
    by = Actor.system("a document has lapsed")
    for post in (MINDS_THE_PAPERS, "operations_manager"):
        told = Fact(fact.stream, key=f"{fact.stream}#{fact.seq}")
        send_notice(PAPER_RAN_OUT, post, told, by=by)


@reacts_to(MailQueued, lane="mail", outside=True)
def send_mail_out(event: MailQueued, fact: EventLog) -> None:
    """By SMTP, in a lane of its own: a dead server delays nobody else."""
    send_out(event.sending_id, by=Actor.system("queued by e-mail"))


@reacts_to(WechatMessageQueued, lane="wechat", outside=True)
def send_wechat_message(event: WechatMessageQueued, fact: EventLog) -> None:
    """As a subscribe message."""
    send_out(event.sending_id, by=Actor.system("queued by WeChat"))


@reacts_to(GroupMessageQueued, lane="wecom", outside=True)
def write_group_message(event: GroupMessageQueued, fact: EventLog) -> None:
    """Into the staff's group, one after the other."""
    send_out(event.sending_id, by=Actor.system("queued for the group"))
