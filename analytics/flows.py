"""What takes long or leaves the house: composing a run, handing a mail to the server."""

from analytics.actions import mails, runs
from analytics.actions.mails import Outcome
from analytics.actions.runs import Letter
from analytics.models import ReportMail, ReportRun
from analytics.rendering import Press, mail_of
from analytics.selectors import Reader, readers, sight_of
from shop.clock import now
from shop.figures.selectors import unmeasured
from shop.identity.actors import Actor
from shop.vendors.errors import VendorBusy, VendorError, VendorRefused, VendorUnreachable
from shop.vendors.mail import AddressRefused, MailUnanswered, UnsafeMail, send_mail

Reason = ReportMail.Reason


def compose(run_id: int, *, by: Actor) -> None:
    """Compose a run's mails once all its days are measured, or when it can wait no longer.

    Nothing is locked while it draws; if another was faster, its mails stand.
    """
    run = ReportRun.objects.select_related("report", "opened_by").get(pk=run_id)
    if run.status != ReportRun.Status.WAITING:
        return
    complete = not unmeasured(run.since_on, run.data_on)
    if not complete and now() < run.deadline_at:
        runs.await_figures(run, by=by)
        return
    press = Press(run)
    letters = [_letter(press, reader) for reader in readers(run)]
    runs.compose_run(run, letters, complete, by=by)


def _letter(press: Press, reader: Reader) -> Letter:
    if reader.reason:
        return Letter(reader.user, None, reader.reason)
    said = press.letter_for(reader.user, is_duty=reader.is_duty)
    return Letter(reader.user, said, sight=sight_of(reader.user))


def preview(run: ReportRun, reader: Reader) -> Letter:
    """What a reader would get of this run, composed now and kept nowhere."""
    return _letter(Press(run), reader)


def hand_over(mail_id: int, *, by: Actor) -> None:
    """Hand one mail to the server, if it still may go out; what became of it is written down.

    Silence after the whole mail is an outcome too: unknown. Nothing here sends that again.
    """
    mail = mails.begin_report_mail(mail_id, by=by)
    if mail is None:
        return
    try:
        send_mail(mail_of(mail))
    except (VendorBusy, VendorUnreachable) as error:
        mails.put_back_report_mail(mail, error.code, by=by)
    except (VendorRefused, MailUnanswered) as error:
        mails.settle_report_mail(mail, _outcome_of(error), by=by)
    else:
        mails.settle_report_mail(mail, Outcome("accept"), by=by)


def _outcome_of(error: VendorError) -> Outcome:
    if isinstance(error, MailUnanswered):
        return Outcome("lose", Reason.UNANSWERED)
    if isinstance(error, UnsafeMail):
        return Outcome("fail", Reason.UNSAFE)
    if isinstance(error, AddressRefused):
        return Outcome("fail", Reason.BAD_ADDRESS, error.code)
    return Outcome("fail", Reason.REFUSED, error.code)
