"""The kinds of work that stock opens, what of the catalogue hangs on dated documents, and the
checklist by which listed products are audited."""

from datetime import timedelta

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from shop.books.money import yuan
from shop.errors import Text
from shop.forms.kinds import FormUse, Terms, form_use
from shop.forms.rules import Content, Kind, Option, Question, Section
from shop.identity.actors import Actor
from shop.papers.kinds import FOOD_LICENCE, PaperKind, lapses, paper_kind
from shop.work.kinds import Figures, Reason, WorkKind, approval_kind, work_kind

A_SKU, A_LOT = {"sku": "catalog.Sku"}, {"lot": "catalog.Lot"}
A_PRODUCT = {"product": "catalog.Product"}
HALF_A_DAY, A_DAY, A_WEEK, TWO_WEEKS = (
    timedelta(hours=hours) for hours in (4, 9, 45, 90)
)  # working time

SHORT_ADVICE = _(
    "Find other goods, or have service ask the customers who ordered last: wait, take something"
    " else, or the money back. It closes by itself when goods come in."
)

GOODS_SHORT = work_kind(
    WorkKind(
        code="goods_short",
        label=_("promised goods that are short"),
        article="B3.2.2",
        role="operations_manager",
        subjects=A_SKU,
        target=HALF_A_DAY,
        outcomes={"settled": _("settled with the customers")},
        title=lambda figures: gettext("%(sku)s: %(short)d promised units are short") % figures,
        reasons={
            "quarantined": Reason(_("a lot was withdrawn from sale"), SHORT_ADVICE),
            "recalled": Reason(_("a lot was recalled"), SHORT_ADVICE),
            "expired": Reason(_("a lot expired"), SHORT_ADVICE),
        },
        is_urgent=True,
    )
)

NEAR_EXPIRY = work_kind(
    WorkKind(
        code="near_expiry",
        label=_("lot that nears its expiry"),
        article="A4.1c",
        role="operations_specialist",
        subjects=A_LOT,
        target=A_WEEK,
        outcomes={
            "promoted": _("a promotion sells it"),
            "sent_back": _("goes back to the supplier"),
            "sells_in_time": _("sells in time as it is"),
        },
        title=lambda figures: (
            gettext("%(sku)s, lot %(lot)s: %(units)d units until %(expires_on)s") % figures
        ),
        reasons={
            "": Reason(
                _("lot that nears its expiry"),
                _("Compare what is left with what sells in a month; plan a promotion or ask the"
                  " supplier. Thirty days before its end it leaves the shelves by itself."),
            )
        },
    )
)  # fmt: skip

STOCK_DIFFERS = work_kind(
    WorkKind(
        code="stock_differs",
        label=_("stock that differs from its ledger"),
        article="B3.2.2",
        role="technical_lead",
        subjects=A_SKU,
        target=A_DAY,
        outcomes={"mended": _("found and mended")},
        title=lambda figures: gettext("%(sku)s: the stock is not what its ledger says") % figures,
        reasons={
            "": Reason(
                _("stock that differs from its ledger"),
                _("Run manage.py oracle: it names place, lot and figures. Find who wrote past the"
                  " ledger. It closes by itself on the night that finds them equal."),
            )
        },
        is_urgent=True,
    )
)  # fmt: skip

LISTING_STEP = work_kind(
    WorkKind(
        code="listing_step",
        label=_("revision on its way to customers"),
        article="A4.1a",
        role="compliance_reviewer",
        subjects={"product": "catalog.Product"},
        target=A_DAY,
        outcomes={},
        title=lambda figures: f"{figures['title']} · v{figures['number']}",
        reasons={
            "review": Reason(
                _("to be reviewed"),
                _("Compare every statement with the registration, then approve it, or return it"
                  " with what has to be changed."),
            ),
            "publish": Reason(
                _("to be published"),
                _("It is approved: publish it, or return it with what stands against it."),
                role="technical_lead",
            ),
            "mend": Reason(
                _("returned to the author"),
                _("The draft says why. Write it anew and submit it again, or give it up."),
                role="operations_specialist",
            ),
        },
    )
)  # fmt: skip

DISPOSAL_DUE = work_kind(
    WorkKind(
        code="disposal_due",
        label=_("disposal to be witnessed"),
        article="C3.3.3",
        role="compliance_reviewer",
        subjects={"disposal": "catalog.Disposal"},
        target=A_DAY,
        outcomes={},
        title=lambda figures: gettext("Lot %(lot)s: %(units)d units to be destroyed") % figures,
        reasons={
            "": Reason(
                _("disposal to be witnessed"),
                _("Go and see the goods destroyed, compare them with the evidence, then press"
                  " “I have seen it” on its page. It closes by itself."),
            )
        },
    )
)  # fmt: skip

DELISTED_CHANNEL = work_kind(
    WorkKind(
        code="delisted_channel",
        label=_("channel from which a product must be gone"),
        article="A4.1c",
        role="technical_lead",
        subjects=A_PRODUCT,
        target=HALF_A_DAY,
        outcomes={},
        title=lambda figures: gettext("%(title)s: gone from %(channel)s?") % figures,
        reasons={
            "": Reason(
                _("channel from which a product must be gone"),
                _("Nobody can order it any more. Look at the channel itself, list, search and old"
                  " links, take down what is left, then confirm on the delisting's page."),
            )
        },
        is_urgent=True,
    )
)  # fmt: skip

DELISTING_FOLLOW_UP = work_kind(
    WorkKind(
        code="delisting_follow_up",
        label=_("what follows a delisting"),
        article="A4.1c",
        role="operations_specialist",
        subjects=A_PRODUCT,
        target=A_WEEK,
        outcomes={"seen_to": _("seen to"), "nothing_needed": _("nothing is needed")},
        title=lambda figures: gettext("%(title)s is off sale: %(count)d to see to") % figures,
        reasons={
            "stock": Reason(
                _("units left in the house"),
                _("Decide for each lot: back to the supplier, written off, or kept until it may be"
                  " sold again. Faulty and expired goods belong in quarantine."),
            ),
            "orders": Reason(
                _("orders not yet shipped"),
                _("Ask whether they may still leave. Faulty or unlawful goods may not: call these"
                  " orders off, or offer something else."),
                role="service_supervisor",
            ),
            "papers": Reason(
                _("certificates in force"),
                _("Decide whether registration, contract and reports are kept up or given back."),
                role="compliance_reviewer",
            ),
        },
    )
)  # fmt: skip

DELISTING_LESSON = work_kind(
    WorkKind(
        code="delisting_lesson",
        label=_("lesson of a delisting"),
        article="D4.2.3",
        role="operations_manager",
        subjects=A_PRODUCT,
        target=TWO_WEEKS,
        outcomes={},
        title=lambda figures: gettext("%(title)s: what is learnt from its delisting") % figures,
        reasons={
            "": Reason(
                _("lesson of a delisting"),
                _("Write on the delisting's page why it came to this and what is done differently,"
                  " and close it. It closes by itself with the lesson."),
            )
        },
    )
)  # fmt: skip

DELISTING_CANDIDATE = work_kind(
    WorkKind(
        code="delisting_candidate",
        label=_("product proposed for delisting"),
        article="D4.2.3",
        role="operations_specialist",
        subjects=A_PRODUCT,
        target=A_WEEK,
        outcomes={},
        title=lambda figures: gettext("%(title)s is proposed for delisting") % figures,
        reasons={
            "": Reason(
                _("product proposed for delisting"),
                _("Look at its figures among the candidates: take it off sale, or decline with the"
                  " reason. It closes by itself with the decision."),
            )
        },
    )
)  # fmt: skip


def _new_price(figures: Figures) -> Text:
    told = {**figures, "before": yuan(figures["before_fen"]), "new": yuan(figures["price_fen"])}
    return gettext("Price of %(sku)s: %(before)s → %(new)s") % told


PRICE_CHANGE = approval_kind(
    "catalog.price_change",
    label=_("price change"),
    article="C3.2.1",
    decide="catalog.approve_price_change",
    working_time=timedelta(hours=9),
    expires=timedelta(days=7),
    fields={
        "sku": _("SKU"),
        "before_fen": _("price before"),
        "price_fen": _("new price"),
        "member_price_fen": _("new member price"),
        "cost_fen": _("cost"),
        "floor_fen": _("floor"),
        "ceiling_fen": _("ceiling"),
        "effective_at": _("takes effect at"),
    },
    about={"sku_id": "sku"},
    models={"price_change": "catalog.PriceChange"},
    title=_new_price,
)

HEALTH_FOOD_CERTIFICATE = paper_kind(
    PaperKind(
        "health_food_certificate",
        _("health food registration or filing"),
        "Food Safety Law 76",
        subjects={"product": "catalog.Product"},
    )
)

lapses(
    FOOD_LICENCE,
    "catalog.publish_revision",
    _("no health food is put before customers"),
    concerns=lambda revision: revision.product.kind == "health_food",
)
lapses(
    HEALTH_FOOD_CERTIFICATE,
    "catalog.publish_revision",
    _("nothing new of this product is put before customers"),
    subject=lambda revision: f"product:{revision.product_id}",
)


def _may_audit(actor: Actor, subject: str) -> bool:
    return actor.user is not None and actor.may("catalog.view_product")


def _asked(code: str, text: str, fails: bool = False) -> Question:
    answers = (Option("yes", "是", 100), Option("no", "否", fails=fails))
    return Question(code, Kind.YES_NO, text, answers, may_skip=not fails)


LISTING_AUDIT = form_use(
    FormUse(
        "listing_audit",
        _("audit of a listed product"),
        "B3.1.2",
        {"product": "catalog.Product"},
        _may_audit,
        first=Content(
            (
                Section(
                    "page",
                    "商品页面",
                    questions=(
                        _asked("title", "名称、规格与备案凭证一致吗？"),
                        _asked("notice", "“本品不能代替药物”显著标明了吗？", True),
                        _asked("claims", "没有超出批准功能的宣传语，对吗？", True),
                        _asked("pictures", "图片清晰、与实物相符吗？"),
                    ),
                ),
                Section(
                    "goods",
                    "陈列与库存",
                    questions=(
                        _asked("shelf", "分类和排序正确吗？"),
                        _asked("price", "价格在批准的价格带内吗？"),
                        _asked("stock", "页面可售数与抽点一致吗？"),
                    ),
                ),
                Section(
                    "remedy",
                    "整改",
                    questions=(Question("advice", Kind.TEXT, "需要整改什么？", may_skip=True),),
                ),
            )
        ),
        terms=Terms(pass_bp=8_000),
    )
)  # fmt: skip
