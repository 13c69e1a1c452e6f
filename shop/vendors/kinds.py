"""The work that vendors make for people."""

from datetime import timedelta

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from shop.errors import Text
from shop.vendors.errors import VendorRefused
from shop.work.kinds import MENDED, Figures, Reason, WorkKind, work_kind


def _refuses(figures: Figures) -> Text:
    vendor = gettext(str(figures["vendor"]))
    return gettext("%(vendor)s refuses our requests (%(code)s)") % {**figures, "vendor": vendor}


VENDOR_REFUSES = work_kind(
    WorkKind(
        code="vendor_refuses",
        label=_("vendor that refuses us"),
        article="A3.3",
        role="engineer",
        subjects={},
        target=timedelta(hours=1),
        outcomes=MENDED,
        title=_refuses,
        reasons={
            "": Reason(
                _("vendor that refuses us"),
                _("Customers cannot sign in or pay now. Look the code up in the vendor's document:"
                  " a secret or key that has been changed, an account that is blocked. Set it"
                  " right and restart the shop."),
            )
        },
        is_urgent=True,
    )
)  # fmt: skip


def refusal_figures(error: VendorRefused) -> Figures:
    """What the title is made of: the vendor's name and its code, nothing of the request."""
    return {"vendor": error.vendor, "code": error.code or error.reason}
