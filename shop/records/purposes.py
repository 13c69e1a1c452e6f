"""What files are kept for, declared in code by whoever keeps them: `LICENCE = file_purpose(…)`."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from django.utils.translation import gettext_lazy as _

from shop.errors import Text
from shop.records.contents import PICTURES, ContentKind

if TYPE_CHECKING:
    from shop.identity.actors import Actor

MEGABYTE = 1_000_000
THREE_YEARS = timedelta(days=3 * 366)


@dataclass(frozen=True)
class FilePurpose:
    """Why a file is kept, who reads it, what it may be, and for how long.

    `readers` is the permission of staff who may read it; its owner always may. `largest` and
    `quota` (of one owner) are in bytes. `keep_for` None: until whoever refers to it lets it go.
    `from_customers`: they may send such files by themselves.
    """

    code: str
    label: Text
    readers: str
    kinds: frozenset[ContentKind]
    largest: int
    quota: int
    keep_for: timedelta | None
    is_personal: bool
    from_customers: bool = False

    def may_be_read_by(self, actor: Actor, owner_id: int | None) -> bool:
        """The system, its owner, and staff who hold the permission."""
        if actor.customer is not None:
            return owner_id is not None and owner_id == actor.customer.party_id
        return actor.user is None or actor.may(self.readers)


PURPOSES: dict[str, FilePurpose] = {}


def file_purpose(purpose: FilePurpose) -> FilePurpose:
    """Register a purpose. Two of one code are a mistake."""
    if purpose.code in PURPOSES:
        raise ValueError(f"a purpose of files is called {purpose.code} already")
    PURPOSES[purpose.code] = purpose
    return purpose


CUSTOMERS_PICTURE = file_purpose(
    FilePurpose(
        code="customers_picture",
        label=_("picture from a customer"),
        readers="records.read_customers_picture",
        kinds=PICTURES,
        largest=10 * MEGABYTE,
        quota=200 * MEGABYTE,
        keep_for=THREE_YEARS,
        is_personal=True,
        from_customers=True,
    )
)
