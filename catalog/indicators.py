"""Whether what the regulations ask of goods is kept (C3.3)."""

from datetime import timedelta

from django.db.models import (
    Count,
    DateField,
    DurationField,
    ExpressionWrapper,
    F,
    Q,
    QuerySet,
    Value,
)
from django.db.models.functions import Least, TruncDate
from django.utils.translation import gettext_lazy as _

from catalog.kinds import DISPOSAL_DUE, LISTING_AUDIT
from catalog.models import Disposal, LotMove
from catalog.rules import DAYS_FOR_CUSTOMERS
from shop.clock import SHANGHAI, now
from shop.figures.registry import Control, Fact, Indicator, Unit
from shop.forms.models import Result
from shop.timing.models import Clock
from shop.work.models import WorkItem


def _dated_goods_that_left() -> QuerySet[LotMove]:
    """With the days that were `left` of them, and those a customer `needs` (`last_sale_on`)."""
    life = F("lot__expires_on") - F("lot__produced_on")
    quarter = ExpressionWrapper(life / 4, output_field=DurationField())
    day = TruncDate("at", tzinfo=SHANGHAI, output_field=DateField())
    moves = LotMove.objects.filter(cause=LotMove.Cause.SHIPPED, lot__expires_on__isnull=False)
    return moves.annotate(
        left=ExpressionWrapper(F("lot__expires_on") - day, output_field=DurationField()),
        needs=Least(Value(timedelta(days=DAYS_FOR_CUSTOMERS)), quarter),
    )


Control(
    "CA8.fresh", "CA8", "C3.3.2",
    _("What leaves the house keeps for another thirty days, or a quarter of its short life."),
    "operations_manager",
    Fact("catalog.dated_goods", _("lots in parcels"), _dated_goods_that_left, "at"),
    kept=Q(left__gt=F("needs")),
)  # fmt: skip

Indicator(
    "catalog.audits_passed", _("listed products that passed their audit"),
    _("audits of listed products that passed ÷ audits of listed products, by the day of marking"),
    "B3.1.2", "operations_manager",
    Fact(
        "catalog.audited",
        _("audits of listed products"),
        lambda: Result.objects.standing().filter(sheet__form__use=LISTING_AUDIT.code),
        "made_at",
    ),
    Count("pk", filter=Q(passed=True)), Count("pk"), unit=Unit.RATIO,
)  # fmt: skip


def _disposals_due() -> QuerySet[Clock]:
    """Disposals that should be witnessed by now, the forgotten among them."""
    owed = Clock.objects.filter(kind=DISPOSAL_DUE.promise, breach_at__lte=now())
    return owed.exclude(status=Clock.Status.CANCELLED)


def _their_disposals(clocks: QuerySet[Clock]) -> QuerySet[Disposal]:
    items = WorkItem.objects.filter(clock__in=clocks).values_list("subject", flat=True)
    return Disposal.objects.filter(pk__in=[int(one.removeprefix("disposal:")) for one in items])


Control(
    "CA8.destroyed", "CA8", "C3.3.3",
    _("What is to be destroyed is destroyed before a witness within a working day."),
    "compliance_reviewer",
    Fact("catalog.to_witness", _("disposals that fell due"), _disposals_due, "breach_at"),
    kept=Q(met_at__lt=F("breach_at")), target_bp=9_500, subjects=_their_disposals,
)  # fmt: skip
