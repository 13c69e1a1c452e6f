"""Forms that the tests fill in."""

from shop.forms.actions.forms import Draft, draft_form, edit_form, publish_form
from shop.forms.kinds import USES, FormUse, Terms
from shop.forms.models import FormVersion
from shop.forms.rules import Band, Content, Kind, Option, Question, Section
from tests import cast

YES_NO = (Option("yes", "是", 200), Option("no", "否", 0))
ONE_NO = (Option("yes", "是", 200), Option("no", "否", 0, fails=True))
LABEL = Question("label", Kind.SINGLE, "标签与备案一致吗？",
                 (Option("same", "一致", 300), Option("nearly", "有出入", 100),
                  Option("differs", "不一致")))  # fmt: skip
PARTS = Question("parts", Kind.MULTIPLE, "页面写了哪些？",
                 (Option("dose", "用量", 100), Option("who", "适用人群", 100),
                  Option("cure", "治疗功效", -100)))  # fmt: skip
SEALED = Question("sealed", Kind.YES_NO, "封口完好吗？", ONE_NO)
BANDS = (Band(None, 500, 0), Band(500, 2_500, 200), Band(2_500, None, 0, True))
WARMTH = Question("warmth", Kind.NUMBER, "库温是多少度？", bands=BANDS)
TIDY = Question("tidy", Kind.SCALE, "陈列整洁吗？", points=100, steps=5, may_skip=True)
WORDS = Question("words", Kind.TEXT, "写下整改意见。", points=200)

CHECKLIST = Content(
    (
        Section("page", "页面", 100, questions=(LABEL, PARTS)),
        Section("goods", "实物", 300, questions=(SEALED, WARMTH, TIDY)),
    )
)
ALL_RIGHT = {"label": "same", "parts": ["dose", "who"], "sealed": "yes", "warmth": 2_000, "tidy": 5}


def bank(size: int, draw: int) -> Content:
    """So many questions, all worth the same, of which some are drawn."""
    questions = tuple(
        Question(f"b{n}", Kind.YES_NO, f"第 {n} 题", YES_NO, may_skip=True) for n in range(size)
    )
    return Content((Section("bank", "题库", draw=draw, questions=questions),))


def anybody(actor, subject):
    return subject.startswith("product:")


AUDIT = USES.get("tests.audit") or FormUse(
    "tests.audit", "tested audit", "B3.1.2", {"product": "catalog.Product"}, anybody
)


def by():
    return cast.staff("operations_manager")


def drafted(
    content: Content = CHECKLIST, terms: Terms = AUDIT.terms, name: str = ""
) -> FormVersion:
    count = FormVersion.objects.count()
    version = draft_form(AUDIT.code, name or f"巡检表 {count}", by=by())
    return edit_form(version, Draft(content, terms), 0, by=by())


def published(
    content: Content = CHECKLIST, terms: Terms = AUDIT.terms, name: str = ""
) -> FormVersion:
    return publish_form(drafted(content, terms, name), by=by())
