"""How many came, looked and bought (B5.1.1, D7.1.1)."""

from django.db.models import Case, CharField, Count, Exists, F, OuterRef, Q, QuerySet, Value, When
from django.db.models.functions import TruncDate
from django.utils.translation import gettext_lazy as _

from analytics.models import PageEvent, ReportMail
from analytics.rules import CHANNELS
from orders.models import Payment
from shop.clock import SHANGHAI, now
from shop.figures.registry import Better, Control, Fact, Indicator, Unit


def _seen() -> QuerySet[PageEvent]:
    """Events with `first_day` (the visitor's first ever), `has_paid` (that very day), `channel`."""
    paid_that_day = Payment.objects.filter(
        status=Payment.Status.SUCCEEDED, order__customer=OuterRef("visitor__customer")
    ).annotate(day=TruncDate("succeeded_at", tzinfo=SHANGHAI))
    return PageEvent.objects.annotate(
        shop_day_seen=TruncDate("at", tzinfo=SHANGHAI),
        first_day=TruncDate("visitor__first_seen_at", tzinfo=SHANGHAI),
    ).annotate(
        has_paid=Exists(paid_that_day.filter(day=OuterRef("shop_day_seen"))),
        channel=_way_in(),
    )


def _way_in() -> Case:
    ways = (
        When(visit__scene__in=sorted(scenes), then=Value(way)) for way, scenes in CHANNELS.items()
    )
    return Case(*ways, default=Value("other"), output_field=CharField())


def _owed_to_readers() -> QuerySet[ReportMail]:
    """Mails that should be with their readers by now; those not meant to go out are none."""
    mails = ReportMail.objects.filter(run__is_test=False, run__stop_at__lte=now())
    return mails.exclude(status=ReportMail.Status.SKIPPED)


SEEN = Fact("analytics.seen", _("page events"), _seen, "at", {"channel": "channel"})

Indicator(
    "analytics.page_views", _("page views"), _("pages looked at that day"), "B5.1.1",
    "promotion_specialist", SEEN, Count("pk", filter=Q(kind=PageEvent.Kind.PAGE_VIEW)),
)  # fmt: skip
Indicator(
    "analytics.visits", _("visits"),
    _("stays that day; half an hour without an event ends one"), "B5.1.1",
    "promotion_specialist", SEEN, Count("visit", distinct=True),
)  # fmt: skip
Indicator(
    "analytics.visitors", _("visitors"), _("different people who came that day"), "B5.1.1",
    "promotion_specialist", SEEN, Count("visitor", distinct=True),
)  # fmt: skip
Indicator(
    "analytics.new_visitors", _("new visitors"), _("people who came that day for the first time"),
    "B5.1.1", "promotion_specialist", SEEN,
    Count("visitor", distinct=True, filter=Q(first_day=F("shop_day_seen"))),
)  # fmt: skip
Indicator(
    "analytics.conversion", _("conversion"),
    _("visitors who paid on a day they came ÷ visitors"), "B5.1.2", "operations_manager", SEEN,
    Count("visitor", distinct=True, filter=Q(has_paid=True)), Count("visitor", distinct=True),
    unit=Unit.RATIO, better=Better.HIGHER,
)  # fmt: skip

Control(
    "AN10.sent", "AN10", "B2.2.1",
    _("Every reader's report is taken by the mail server before noon of its day."),
    "operations_manager",
    Fact("analytics.report_mails", _("mails of reports"), _owed_to_readers, "run__slot_at"),
    kept=Q(status=ReportMail.Status.ACCEPTED, settled_at__lte=F("run__stop_at")),
)  # fmt: skip
