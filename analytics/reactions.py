"""What analytics does about facts: reports are composed, their mails handed over."""

from analytics import flows
from analytics.events import ReportMailQueued, RunDue
from shop.events.models import EventLog
from shop.events.outbox import reacts_to
from shop.identity.actors import Actor


@reacts_to(RunDue, lane="mail", outside=True)
def compose_report(event: RunDue, fact: EventLog) -> None:
    """Once its day is measured; it draws for seconds, so no transaction is open meanwhile."""
    flows.compose(event.run_id, by=Actor.system("a report is due"))


@reacts_to(ReportMailQueued, lane="mail", outside=True)
def hand_over_report(event: ReportMailQueued, fact: EventLog) -> None:
    """Once; what the server does not take is tried again by a timer of its own."""
    flows.hand_over(event.mail_id, by=Actor.system("a report goes out"))
