"""Dated documents: filed, warned of, lapsed, withdrawn."""

from dataclasses import dataclass
from datetime import date
from typing import NamedTuple

from django.db import connection, transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from shop.clock import now, today
from shop.errors import InvalidValue
from shop.events.outbox import publish
from shop.identity.actors import Actor, Door
from shop.papers import rules
from shop.papers.errors import PaperKnown
from shop.papers.events import PaperEnding, PaperFiled, PaperRanOut, PaperWithdrawn
from shop.papers.kinds import (
    PAPER_ENDING,
    PAPER_KINDS,
    PAPER_LAPSED,
    THE_HOUSE,
    PaperKind,
)
from shop.papers.models import Paper
from shop.papers.selectors import has_lapsed, lasting
from shop.records.actions.files import keep_file
from shop.records.contents import PICTURES, ContentKind
from shop.records.models import StoredFile
from shop.records.purposes import MEGABYTE, FilePurpose, file_purpose
from shop.timing.actions.calendars import shop_calendar
from shop.timing.actions.timers import arm_timer, cancel_timers
from shop.timing.models import Timer
from shop.work.actions.items import Matter, open_item, settle_items

ENDS = "papers.ends"
OF_THE_PAPER = Actor.system("a document's days", Door.CLOCK)
LONGEST_NUMBER, LONGEST_ISSUER, LONGEST_WHY = 60, 120, 200

SCAN = file_purpose(
    FilePurpose(
        code="paper_scan",
        label=gettext_lazy("scan of a licence or contract"),
        readers="papers.view_paper",
        kinds=PICTURES | {ContentKind.PDF},
        largest=20 * MEGABYTE,
        quota=2_000 * MEGABYTE,
        keep_for=None,
        is_personal=False,
    )
)


class Scan(NamedTuple):
    """The file of a document as it came."""

    name: str
    content: bytes


@dataclass(frozen=True)
class PaperFacts:
    """What a document says of itself; both days included, no end: `valid_until` None."""

    number: str
    issuer: str
    valid_from: date
    valid_until: date | None
    subject: str = THE_HOUSE


def file_paper(kind: PaperKind, facts: PaperFacts, scan: Scan | None = None, *, by: Actor) -> Paper:
    """Keep a licence, contract or certificate, and let its end be told of in time (60, 30 and 7
    days before). What it takes the place of is not warned of any more, and what had stopped goes
    on. Raises InvalidValue, PaperKnown, FileRefused.
    """
    by.require("papers.file_paper")
    _check(kind, facts)
    with transaction.atomic():
        _one_at_a_time(kind.code, facts.subject)
        same = Paper.objects.standing().of(kind, facts.subject)
        if same.filter(number=facts.number.strip(), valid_from=facts.valid_from).exists():
            raise PaperKnown
        paper = Paper.objects.create(
            kind=kind.code,
            subject=facts.subject,
            number=facts.number.strip(),
            issuer=facts.issuer.strip(),
            valid_from=facts.valid_from,
            valid_until=facts.valid_until,
            file=_kept(scan),
            filed_at=now(),
            filed_by=by.user,
        )
        until = facts.valid_until.isoformat() if facts.valid_until else ""
        publish(PaperFiled(paper.pk, paper.kind, paper.subject, until), by=by)
        _watch(kind, facts.subject)
    return paper


def _check(kind: PaperKind, facts: PaperFacts) -> None:
    wrong = {}
    if not 0 < len(facts.number.strip()) <= LONGEST_NUMBER:
        wrong["number"] = [_("A number has 1 to %d characters.") % LONGEST_NUMBER]
    if not 0 < len(facts.issuer.strip()) <= LONGEST_ISSUER:
        wrong["issuer"] = [_("Say who issued it, in %d characters.") % LONGEST_ISSUER]
    if facts.valid_until is not None and facts.valid_until < facts.valid_from:
        wrong["valid_until"] = [_("It ends after it begins.")]
    if not kind.takes(facts.subject):
        wrong["subject"] = [_("A document of this kind is not of this.")]
    if wrong:
        raise InvalidValue(fields=wrong)


def _kept(scan: Scan | None) -> StoredFile | None:
    if scan is None:
        return None
    return keep_file(SCAN, scan.name, scan.content, owner=None, by=OF_THE_PAPER)


def _watch(kind: PaperKind, subject: str) -> None:
    """Only what ends last is told of; of the others nothing is left to do."""
    line = Paper.objects.of(kind, subject)
    last = lasting(line.standing())
    for paper in line:
        if paper != last:
            _let_rest(paper)
    if last is None or last.valid_until is None or _is_watched(last):
        return
    hours = shop_calendar(by=OF_THE_PAPER).current().hours()
    arm_timer(ENDS, last.stream, rules.endings(hours, last.valid_until), by=OF_THE_PAPER)


def _is_watched(paper: Paper) -> bool:
    return Timer.objects.of(ENDS, paper.stream).armed().exists()


def _let_rest(paper: Paper) -> None:
    cancel_timers(ENDS, paper.stream, by=OF_THE_PAPER)
    for kind in (PAPER_ENDING, PAPER_LAPSED):
        settle_items(kind, paper.stream, by=OF_THE_PAPER)


def withdraw_paper(paper: Paper, why: str, *, by: Actor) -> Paper:
    """It does not count any more: revoked, ended early, or filed by mistake. What it leaves
    uncovered stops at once, and is work. Raises InvalidValue without a reason, or a second time.
    """
    by.require("papers.withdraw_paper")
    why = why.strip()
    if not 0 < len(why) <= LONGEST_WHY:
        raise InvalidValue(fields={"why": [_("Say why.")]})
    with transaction.atomic():
        _one_at_a_time(paper.kind, paper.subject)
        paper = Paper.objects.locked().get(pk=paper.pk)
        if paper.withdrawn_at is not None:
            raise InvalidValue(fields={"why": [_("It has been withdrawn already.")]})
        paper.withdrawn_at, paper.withdrawn_by, paper.withdrawn_why = now(), by.user, why
        paper.save(update_fields=["withdrawn_at", "withdrawn_by", "withdrawn_why"])
        publish(PaperWithdrawn(paper.pk, paper.kind, paper.subject), by=by)
        kind = PAPER_KINDS[paper.kind]
        _watch(kind, paper.subject)
        if has_lapsed(kind, paper.subject, today()):
            open_item(PAPER_LAPSED, _matter(paper), by=OF_THE_PAPER)
    return paper


def tell_of_end(paper_id: int, level: int, *, by: Actor) -> bool:
    """It ends soon, or has ended: make it work of the post that renews it. False when it does not
    count any more."""
    by.require("papers.tell_of_end")
    with transaction.atomic():
        paper = Paper.objects.locked().get(pk=paper_id)
        if paper.withdrawn_at is not None or paper.valid_until is None:
            return False
        if level == rules.LAPSE:
            settle_items(PAPER_ENDING, paper.stream, by=OF_THE_PAPER)
            open_item(PAPER_LAPSED, _matter(paper), by=OF_THE_PAPER)
            publish(PaperRanOut(paper.pk, paper.kind, paper.subject), by=by)
        else:
            open_item(PAPER_ENDING, _matter(paper), by=OF_THE_PAPER)
            publish(PaperEnding(paper.pk, (paper.valid_until - today()).days), by=by)
    return True


def _matter(paper: Paper) -> Matter:
    until = paper.valid_until.isoformat() if paper.valid_until else "—"
    figures = {"kind": paper.kind, "number": paper.number, "until": until}
    return Matter(paper.stream, figures=figures)


def _one_at_a_time(kind: str, subject: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [f"papers:{kind} {subject}"]
        )
