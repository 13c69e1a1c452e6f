"""The work that a damaged file makes."""

from datetime import timedelta

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from shop.work.kinds import MENDED, Reason, WorkKind, work_kind

DAMAGED_FILE = work_kind(
    WorkKind(
        code="damaged_file",
        label=_("damaged file"),
        article="A3.3",
        role="engineer",
        subjects={"file": "records.StoredFile"},
        target=timedelta(hours=4),
        outcomes=MENDED,
        title=lambda figures: gettext("File F%(file)06d is not what was kept") % figures,
        reasons={
            "": Reason(
                _("damaged file"),
                _("Bring it back from the backup under its own key, then open it. Look at the disk:"
                  " one damaged file is rarely alone."),
            )
        },
    )
)  # fmt: skip
