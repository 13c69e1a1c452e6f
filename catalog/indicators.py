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

from catalog.kinds import LISTING_AUDIT
from catalog.models import LotMove
from catalog.rules import DAYS_FOR_CUSTOMERS
from shop.clock import SHANGHAI
from shop.figures.registry import Control, Fact, Indicator, Unit
from shop.forms.models import Result


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
