"""What the clock does about records."""

from celery import shared_task

from shop.identity.actors import Actor, Door
from shop.records.actions import audit


@shared_task(name="records.verify_audit")
def verify_audit() -> int:
    """Walk the audit chain every night; how many breaks."""
    by = Actor.system("the audit chain is verified every night", Door.CLOCK)
    _kept, found = audit.verify_audit(by=by)
    return len(found)
