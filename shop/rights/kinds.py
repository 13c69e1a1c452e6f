"""The work that customers' rights give to people."""

from datetime import timedelta

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from shop.work.kinds import Reason, WorkKind, work_kind

STOPPED_ERASURE = work_kind(
    WorkKind(
        code="stopped_erasure",
        label=_("erasure that was stopped"),
        article="PIPL 47",
        role="service_supervisor",
        subjects={"data_request": "rights.DataRequest"},
        target=timedelta(hours=36),
        outcomes={"settled": _("settled, it can go on"), "called_off": _("called off")},
        title=lambda figures: gettext("The erasure of customer %(customer)s was stopped") % figures,
        reasons={
            "": Reason(
                _("erasure that was stopped"),
                _("Something came up during the cooling: settle the order or the money, then try"
                  " the erasure again. It must be answered within fifteen days of the asking."),
            )
        },
    )
)  # fmt: skip
"""Four working days: seven days of cooling are gone by then, of the fifteen that law gives."""
