"""What the doors do because time passes."""

from datetime import datetime, timedelta

from django.utils.translation import gettext_lazy as _

from shop.clock import now
from shop.doors.api import keys
from shop.doors.desk.exports import EXPORT, run_export
from shop.doors.imports.applying import IMPORT, run_import
from shop.identity.actors import Actor, Door
from shop.records.actions import audit, files
from shop.records.models import StoredFile
from shop.timing.jobs import clock_job
from shop.work.actions import jobs
from shop.work.long_work import Result, long_work
from shop.work.models import Job
from shop.work.runner import Step


@clock_job(
    "doors.forget_old_keys",
    _("Forget idempotency keys older than a week"),
    {"times": ["03:41"]},
    catch_up="latest_only",
)
def forget_old_keys(slot_at: datetime) -> None:
    """Keys older than a week go. Repeats find nothing left."""
    keys.forget_old_keys()


@clock_job(
    "doors.verify_audit",
    _("Verify the sealed logs"),
    {"times": ["04:23"]},
    catch_up="latest_only",
    lease=timedelta(minutes=10),
)
def verify_audit(slot_at: datetime) -> None:
    """Walk the audit chain; what is broken is announced."""
    audit.verify_audit(by=Actor.system("the audit chain is verified every night", Door.CLOCK))


@clock_job(
    "doors.remove_expired_files",
    _("Remove files whose time is over"),
    {"times": ["03:29"]},
    catch_up="latest_only",
    lease=timedelta(minutes=10),
)
def remove_expired_files(slot_at: datetime) -> None:
    """Their contents and names go, and contents that no file needs. Repeats find nothing left."""
    by = Actor.system("the time of files is over", Door.CLOCK)
    for stored in StoredFile.objects.past_their_time(now()).iterator():
        files.remove_file(stored, StoredFile.Gone.RETENTION, by=by)
    files.remove_stray_contents(by=by)


@clock_job(
    "doors.forget_ended_jobs",
    _("Forget long work that ended a quarter of a year ago"),
    {"times": ["03:47"]},
    catch_up="latest_only",
)
def forget_ended_jobs(slot_at: datetime) -> None:
    """Their rows go; the log keeps who did what. Repeats find nothing left."""
    jobs.forget_ended_jobs(by=Actor.system("the time of long work is over", Door.CLOCK))


@long_work(IMPORT, _("Import of a table"))
def import_table(job: Job, step: Step) -> Result | None:
    """Apply the rows of an uploaded table."""
    return run_import(job, step)


@long_work(EXPORT, _("Export of a list"))
def export_list(job: Job, step: Step) -> Result | None:
    """Write what its starter sees of a list."""
    return run_export(job, step)
