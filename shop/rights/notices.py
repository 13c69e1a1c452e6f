"""What customers are told about their requests."""

from typing import Any

from django.utils.translation import gettext_lazy as _

from shop.clock import SHANGHAI
from shop.notices.kinds import Audience, Channel, NoticeKind, Template, register_kind
from shop.notices.models import Notice
from shop.rights import rules
from shop.rights.models import DataRequest


def of_request(notice: Notice) -> dict[str, Any]:
    """Days alone: nothing of what the copy holds, and no link that could be passed on."""
    request = DataRequest.objects.get(pk=notice.subject_id)
    answered = request.answered_at or request.asked_at
    return {
        "what": request.get_kind_display(),
        "until": _day(answered + rules.COPY_KEPT),
        "erases": _day(request.erases_at),
    }


def _day(at: Any) -> str:
    return f"{at.astimezone(SHANGHAI):%Y-%m-%d %H:%M}"


def is_ready(notice: Notice) -> bool:
    return DataRequest.objects.filter(
        pk=notice.subject_id, status=DataRequest.Status.READY
    ).exists()


def is_cooling(notice: Notice) -> bool:
    return DataRequest.objects.filter(
        pk=notice.subject_id, status=DataRequest.Status.COOLING
    ).exists()


COPY_READY = register_kind(
    NoticeKind(
        code="rights.copy_ready",
        label=_("copy of the data is ready"),
        article="PIPL 45",
        audience=Audience.CUSTOMER,
        channels=(Channel.WECHAT,),
        subject=_("The copy of your data is ready"),
        body=_("Fetch it in the mini-program until %(until)s; afterwards we delete it."),
        look_up=of_request,
        model="rights.DataRequest",
        template=Template(
            "copy_ready",
            {"thing1": "what", "time2": "until"},
            "pages/account/export",
        ),
        still_matters=is_ready,
    )
)

ERASURE_BEGUN = register_kind(
    NoticeKind(
        code="rights.erasure_begun",
        label=_("an account is going to be erased"),
        article="PIPL 47",
        audience=Audience.CUSTOMER,
        channels=(Channel.WECHAT,),
        subject=_("Your account is going to be erased"),
        body=_("It is erased on %(erases)s. Until then you can call it off in the mini-program."),
        look_up=of_request,
        model="rights.DataRequest",
        is_urgent=True,
        template=Template(
            "erasure_begun",
            {"thing1": "what", "time2": "erases"},
            "pages/account/erasure",
        ),
        still_matters=is_cooling,
    )
)
