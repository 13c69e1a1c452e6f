"""What analytics asks customers for."""

from django.utils.translation import gettext_lazy as _

from shop.notices.kinds import Purpose, purpose

STATISTICS = purpose(
    Purpose(
        "statistics",
        _("Statistics of what you look at"),
        _(
            "We may count which pages you look at while you are signed in, to arrange the shop"
            " better. We keep it for thirteen months. You can shop in the same way without."
        ),
        1,
    )
)
