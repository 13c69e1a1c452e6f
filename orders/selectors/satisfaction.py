"""What whoever asked for money back thinks of how we saw to it (A4.2d, C8.2): a questionnaire of
the kernel's forms, about one case, answered once by its customer."""

from datetime import datetime, timedelta

from django.utils.translation import gettext_lazy as _

from orders.models import ASKED_HOW_IT_WAS, AfterSalesCase
from shop.clock import now
from shop.forms.kinds import FormUse, Terms, form_use
from shop.forms.rules import Content, Kind, Option, Question, Section
from shop.identity.actors import Actor

ASKED_FOR = timedelta(days=30)  # after the case was closed
ANSWERED = (AfterSalesCase.Status.REFUNDED, AfterSalesCase.Status.REFUSED)
SATISFIED_BP = 8_000  # four of five


def may_rate(actor: Actor, subject: str) -> bool:
    """The customer of a case that was closed not long ago; nobody answers for them."""
    number = subject.removeprefix("case:")
    if actor.customer is None or not number.isdecimal():
        return False
    case = AfterSalesCase.objects.visible_to(actor).filter(pk=int(number)).first()
    return case is not None and is_asked_about(case, now())


def is_asked_about(case: AfterSalesCase, at: datetime) -> bool:
    """Whether we want to hear what its customer thinks of it."""
    if case.status not in ANSWERED or case.closed_at is None:
        return False
    return at < case.closed_at + ASKED_FOR


def _asked(code: str, text: str) -> Question:
    return Question(code, Kind.SCALE, text, points=100, steps=5)


SATISFACTION = form_use(
    FormUse(
        code=ASKED_HOW_IT_WAS,
        label=_("after-sales satisfaction"),
        article="A4.2d",
        subjects={"case": "orders.AfterSalesCase"},
        may_fill=may_rate,
        first=Content(
            (
                Section(
                    "case",
                    "本次售后",
                    questions=(
                        _asked("result", "您对处理结果满意吗？"),
                        _asked("speed", "您对处理速度满意吗？"),
                        _asked("manner", "您对客服的态度满意吗？"),
                        Question(
                            "solved",
                            Kind.YES_NO,
                            "您的问题解决了吗？",
                            (Option("yes", "解决了", 100), Option("no", "没有解决")),
                        ),
                        Question("words", Kind.TEXT, "还有什么想告诉我们的？", may_skip=True),
                    ),
                ),
            )
        ),
        terms=Terms(pass_bp=SATISFIED_BP, attempts=1),
        asked=True,
    )
)
