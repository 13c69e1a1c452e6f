"""What of customers' rights is kept as a file."""

from django.utils.translation import gettext_lazy as _

from shop.records.contents import ContentKind
from shop.records.purposes import MEGABYTE, FilePurpose, file_purpose
from shop.rights.rules import COPY_KEPT

DATA_COPY = file_purpose(
    FilePurpose(
        code="data_copy",
        label=_("copy of a customer's data"),
        readers="rights.read_data_copy",
        kinds=frozenset({ContentKind.ZIP}),
        largest=100 * MEGABYTE,
        quota=500 * MEGABYTE,
        keep_for=COPY_KEPT,
        is_personal=True,
    )
)
"""Only the customer reads it: no post holds the permission."""
