"""What happens to work."""

from dataclasses import dataclass

from django.utils.translation import gettext_lazy as _

from shop.events.outbox import Event


@dataclass(frozen=True)
class WorkItemOpened(Event):
    """Something is to be done by a post, or by one person of it."""

    stream_kind = "work_item"
    label = _("work opened")
    item_id: int
    kind: str
    subject: str
    role: str
    user_id: int | None = None


@dataclass(frozen=True)
class WorkItemTaken(Event):
    """A person said: I am on it."""

    stream_kind = "work_item"
    label = _("work taken")
    item_id: int
    kind: str
    subject: str
    role: str
    user_id: int


@dataclass(frozen=True)
class WorkItemHandedOver(Event):
    """It went to another post or person, who may not know of it yet."""

    stream_kind = "work_item"
    label = _("work handed over")
    item_id: int
    kind: str
    subject: str
    role: str
    user_id: int | None = None


@dataclass(frozen=True)
class WorkItemNoted(Event):
    """Its log has a new entry: a note, a contact, a piece of evidence."""

    stream_kind = "work_item"
    label = _("work noted")
    item_id: int
    entry: str


@dataclass(frozen=True)
class WorkItemPaused(Event):
    """Its time stands still while somebody outside must act."""

    stream_kind = "work_item"
    label = _("time paused")
    item_id: int
    waits_for: str


@dataclass(frozen=True)
class WorkItemResumed(Event):
    """Its time runs again."""

    stream_kind = "work_item"
    label = _("time runs again")
    item_id: int


@dataclass(frozen=True)
class WorkItemDueSoon(Event):
    """A quarter of its time is left."""

    stream_kind = "work_item"
    label = _("time is running out")
    item_id: int
    kind: str
    subject: str
    role: str
    user_id: int | None = None


@dataclass(frozen=True)
class WorkItemOverdue(Event):
    """Its time is up; the supervising post sees it as its own from now on."""

    stream_kind = "work_item"
    label = _("work overdue")
    item_id: int
    kind: str
    subject: str
    role: str
    user_id: int | None = None
    supervisor: str = ""


@dataclass(frozen=True)
class WorkItemClosed(Event):
    """It is done, by a person or because its cause is gone (`cause_gone`)."""

    stream_kind = "work_item"
    label = _("work closed")
    item_id: int
    kind: str
    subject: str
    outcome: str


@dataclass(frozen=True)
class WorkItemCancelled(Event):
    """It should not have been opened: nothing was owed."""

    stream_kind = "work_item"
    label = _("work cancelled")
    item_id: int
    kind: str
    subject: str


@dataclass(frozen=True)
class ApprovalRequested(Event):
    """Somebody asked for a second person's yes."""

    stream_kind = "approval"
    label = _("approval asked for")
    approval_id: int
    kind: str
    subject: str
    role: str


@dataclass(frozen=True)
class ApprovalGranted(Event):
    """A second person said yes; it can be carried out, once, until it expires."""

    stream_kind = "approval"
    label = _("approved")
    approval_id: int
    kind: str
    subject: str


@dataclass(frozen=True)
class ApprovalRefused(Event):
    """A second person said no, with words."""

    stream_kind = "approval"
    label = _("rejected")
    approval_id: int
    kind: str
    subject: str


@dataclass(frozen=True)
class ApprovalWithdrawn(Event):
    """Who asked no longer wants it."""

    stream_kind = "approval"
    label = _("approval withdrawn")
    approval_id: int
    kind: str
    subject: str


@dataclass(frozen=True)
class ApprovalExpired(Event):
    """Its time was over before it was carried out."""

    stream_kind = "approval"
    label = _("approval expired")
    approval_id: int
    kind: str
    subject: str


@dataclass(frozen=True)
class ApprovalUsed(Event):
    """What was approved was carried out."""

    stream_kind = "approval"
    label = _("carried out as approved")
    approval_id: int
    kind: str
    subject: str


@dataclass(frozen=True)
class ApprovalBlocked(Event):
    """Somebody tried what four eyes forbid; `code` names the rule."""

    stream_kind = "approval"
    label = _("attempt refused")
    approval_id: int
    step: str
    code: str


@dataclass(frozen=True)
class DeputyNamed(Event):
    """Somebody decides in another's name for a time."""

    stream_kind = "deputation"
    label = _("deputy named")
    deputation_id: int
    principal_id: int
    deputy_id: int


@dataclass(frozen=True)
class DeputationEnded(Event):
    """Ended before its time."""

    stream_kind = "deputation"
    label = _("deputation ended")
    deputation_id: int
    principal_id: int
    deputy_id: int


@dataclass(frozen=True)
class LongWorkStarted(Event):
    """Somebody started what takes long."""

    stream_kind = "long_work"
    label = _("long work started")
    job_id: int
    kind: str


@dataclass(frozen=True)
class LongWorkContinued(Event):
    """A stretch of it is done, and more is left."""

    stream_kind = "long_work"
    label = _("long work goes on")
    job_id: int
    done: int


@dataclass(frozen=True)
class LongWorkFinished(Event):
    """All of it is done; what was refused is told row by row."""

    stream_kind = "long_work"
    label = _("long work finished")
    job_id: int
    kind: str
    done: int
    refused: int


@dataclass(frozen=True)
class LongWorkFailed(Event):
    """It came to an end it should not have; what was done before stays done."""

    stream_kind = "long_work"
    label = _("long work failed")
    job_id: int
    kind: str
    done: int


@dataclass(frozen=True)
class LongWorkStopped(Event):
    """Its starter stopped it; what was done before stays done."""

    stream_kind = "long_work"
    label = _("long work stopped")
    job_id: int
    kind: str
    done: int
