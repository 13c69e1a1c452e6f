"""Whether what the regulations ask of goods, the range and prices is kept (C3, A4.1c, B3.1)."""

from datetime import timedelta

from django.db.models import (
    BigIntegerField,
    Case,
    CharField,
    Count,
    DateField,
    DateTimeField,
    DurationField,
    Exists,
    ExpressionWrapper,
    F,
    IntegerField,
    Min,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    Value,
    When,
)
from django.db.models.fields.json import KT
from django.db.models.functions import Cast, Coalesce, Concat, Least, Substr, TruncDate
from django.utils.translation import gettext_lazy as _

from catalog.events import SkuPriced
from catalog.kinds import DELISTED_CHANNEL, DELISTING_LESSON, DISPOSAL_DUE, LISTING_AUDIT
from catalog.models import (
    ChannelCheck,
    Delisting,
    Disposal,
    LotMove,
    PriceChange,
    Product,
    ProductRevision,
    Sku,
    StockMove,
)
from catalog.rules import DAYS_FOR_CUSTOMERS
from shop.clock import SHANGHAI, now
from shop.events.models import EventLog
from shop.events.outbox import kind_of
from shop.figures.registry import Control, Fact, Indicator, Unit
from shop.forms.models import Result
from shop.timing.models import Clock
from shop.work.kinds import WorkKind
from shop.work.models import WorkItem

STREAM = "product:"
AUDITED_EVERY = timedelta(days=90)
MENDED_WITHIN = timedelta(days=14)


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


def _first_audits_due() -> QuerySet[Product]:
    """Products on the shelves whose first audit should have been made by now; `due_at`."""
    listed = Product.objects.filter(live_revision__isnull=False).annotate(
        due_at=ExpressionWrapper(
            F("published_at") + _audited_every("kind"), output_field=DateTimeField()
        )
    )
    by_then = _audits().filter(sheet__subject=_stream_of("pk"), made_at__lte=OuterRef("due_at"))
    return listed.filter(due_at__lte=now()).annotate(is_audited=Exists(by_then))


def _audits() -> QuerySet[Result]:
    """What audits of products came to, by what counts today."""
    return Result.objects.standing().filter(sheet__form__use=LISTING_AUDIT.code)


def _audits_followed(*, passed: bool) -> QuerySet[Result]:
    """Audits with this outcome of products still on the shelves, whose next audit should have been
    made by now; `due_at`, and whether it was made by then (`is_followed`).

    After one that was passed any audit follows, after one that was not, one that is passed.
    """
    about = Product.objects.filter(live_revision__isnull=False, pk=_product_of("sheet__subject"))
    within = _audited_every("kind_of") if passed else Value(MENDED_WITHIN)
    audits = _audits().filter(passed=passed).annotate(kind_of=Subquery(about.values("kind")))
    due = audits.filter(kind_of__isnull=False).annotate(
        due_at=ExpressionWrapper(F("made_at") + within, output_field=DateTimeField())
    )
    later = _audits().filter(
        sheet__subject=OuterRef("sheet__subject"),
        made_at__gt=OuterRef("made_at"),
        made_at__lte=OuterRef("due_at"),
    )
    follows = later if passed else later.filter(passed=True)
    return due.filter(due_at__lte=now()).annotate(is_followed=Exists(follows))


def _audited_every(kind: str) -> Case:
    """The riskier goods sooner."""
    sooner = When(**{kind: Product.Kind.HEALTH_FOOD}, then=Value(AUDITED_EVERY))
    return Case(sooner, default=Value(2 * AUDITED_EVERY), output_field=DurationField())


def _stream_of(key: str) -> Concat:
    return Concat(Value(STREAM), Cast(OuterRef(key), CharField()))


def _product_of(subject: str) -> Cast:
    return Cast(Substr(OuterRef(subject), len(STREAM) + 1), BigIntegerField())


def _audited_products(audits: QuerySet[Result]) -> QuerySet[Product]:
    number = Cast(Substr("sheet__subject", len(STREAM) + 1), BigIntegerField())
    return Product.objects.filter(pk__in=audits.annotate(product_id=number).values("product_id"))


def _owed(kind: WorkKind) -> QuerySet[Clock]:
    """Promises of a kind of work that have fallen due, the broken and the unfulfilled too."""
    owed = Clock.objects.filter(kind=kind.promise, breach_at__lte=now())
    return owed.exclude(status=Clock.Status.CANCELLED)


def _their_products(clocks: QuerySet[Clock]) -> QuerySet[Product]:
    return Product.objects.filter(pk__in=_matters_of(clocks))


def _their_disposals(clocks: QuerySet[Clock]) -> QuerySet[Disposal]:
    return Disposal.objects.filter(pk__in=_matters_of(clocks))


def _matters_of(clocks: QuerySet[Clock]) -> list[int]:
    """The keys of what their work is about."""
    items = WorkItem.objects.filter(clock__in=clocks).values_list("subject", flat=True)
    return [int(subject.partition(":")[2]) for subject in items]


def _delistings() -> QuerySet[Delisting]:
    """`was_sold`: a unit was taken of it before it was listed anew; `is_shown`: a channel's copy
    was still there when it was fetched last."""
    own, later = OuterRef("product"), Q(published_at__gt=OuterRef("requested_at"))
    returned = ProductRevision.objects.filter(later, product=own).order_by().values("product")
    sold = StockMove.objects.filter(
        sku__product=own, cause=StockMove.Cause.ORDERED, at__gt=OuterRef("requested_at")
    )
    first = returned.annotate(first=Min("published_at")).values("first")
    until = Coalesce(Subquery(first), Value(now()), output_field=DateTimeField())
    shown = ChannelCheck.objects.filter(
        delisting=OuterRef("pk"), copy_status__isnull=False
    ).exclude(copy_status=ChannelCheck.GONE)
    return Delisting.objects.annotate(returned_at=until).annotate(
        was_sold=Exists(sold.filter(at__lt=OuterRef("returned_at"))), is_shown=Exists(shown)
    )


def _prices_of_what_was_on_sale() -> QuerySet[EventLog]:
    """Every price that was set after the product's first publication; `was_approved` by another."""
    priced = EventLog.objects.filter(kind=kind_of(SkuPriced)).annotate(
        sku_id=Cast(Substr("stream", len("sku:") + 1), BigIntegerField()),
        fen=Cast(KT("data__price_fen"), IntegerField()),
    )
    own = Sku.objects.filter(pk=OuterRef("sku_id"), product__published_at__lt=OuterRef("at"))
    approved = PriceChange.objects.filter(
        sku=OuterRef("sku_id"),
        status=PriceChange.Status.EFFECTIVE,
        price_fen=OuterRef("fen"),
        took_effect_at__lte=OuterRef("at"),
    ).exclude(approved_by=F("asked_by"))
    return priced.filter(Exists(own)).annotate(was_approved=Exists(approved))


def _their_skus(facts: QuerySet[EventLog]) -> QuerySet[Sku]:
    return Sku.objects.filter(pk__in=facts.values_list("sku_id", flat=True))  # type: ignore[misc]


IN_TIME = Q(met_at__lt=F("breach_at"))

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
        _audits,
        "made_at",
    ),
    Count("pk", filter=Q(passed=True)), Count("pk"), unit=Unit.RATIO,
)  # fmt: skip

Control(
    "CA5.first_audit", "CA5", "B3.1.2",
    _("A listed product is audited within 90 days of its first day on the shelves, ordinary food"
      " within 180."),
    "operations_manager",
    Fact("catalog.first_audits", _("first audits that fell due"), _first_audits_due, "due_at"),
    kept=Q(is_audited=True),
)  # fmt: skip
Control(
    "CA5.audited_again", "CA5", "B3.1.2",
    _("A listed product that passed its audit is audited again within 90 days, ordinary food within"
      " 180."),
    "operations_manager",
    Fact(
        "catalog.audits_again",
        _("audits that fell due again"),
        lambda: _audits_followed(passed=True),
        "due_at",
    ),
    kept=Q(is_followed=True), subjects=_audited_products,
)  # fmt: skip
Control(
    "CA5.mended", "CA5", "B3.1.2",
    _("What an audit found wrong is mended: within 14 days the product passes another."),
    "operations_specialist",
    Fact(
        "catalog.findings",
        _("findings that should be mended"),
        lambda: _audits_followed(passed=False),
        "due_at",
    ),
    kept=Q(is_followed=True), subjects=_audited_products,
)  # fmt: skip

Control(
    "CA8.destroyed", "CA8", "C3.3.3",
    _("What is to be destroyed is destroyed before a witness within a working day."),
    "compliance_reviewer",
    Fact("catalog.to_witness", _("disposals that fell due"), lambda: _owed(DISPOSAL_DUE),
         "breach_at"),
    kept=IN_TIME, target_bp=9_500, subjects=_their_disposals,
)  # fmt: skip

Control(
    "CA4.confirmed", "CA4", "A4.1c",
    _("Within four working hours the technical role has confirmed that a channel is clean."),
    "technical_lead",
    Fact("catalog.channels_to_confirm", _("channels to take down"),
         lambda: _owed(DELISTED_CHANNEL), "breach_at"),
    kept=IN_TIME,
    subjects=_their_products,
)  # fmt: skip

Control(
    "CA4.gone", "CA4", "A4.1c",
    _("From the request on the product is not sold, and no channel's copy shows it."),
    "operations_manager",
    Fact("catalog.delisted", _("products taken off sale"), _delistings, "requested_at"),
    kept=Q(was_sold=False, is_shown=False),
)  # fmt: skip

Control(
    "CA4.lesson", "CA4", "D4.2.3",
    _("Within ten working days a delisting is closed with its lesson."),
    "operations_manager",
    Fact("catalog.lessons_due", _("lessons that have fallen due"),
         lambda: _owed(DELISTING_LESSON), "breach_at"),
    kept=IN_TIME,
    subjects=_their_products,
)  # fmt: skip

Control(
    "CA7.two", "CA7", "C3.2.1",
    _("The price of what is on sale changes by a second person's yes, and to what they approved."),
    "operations_manager",
    Fact("catalog.prices_set", _("prices set after the first publication"),
         _prices_of_what_was_on_sale, "at"),
    kept=Q(was_approved=True),
    subjects=_their_skus,
)  # fmt: skip
