"""What a parcel of the past has left behind: its goods by lot, its scans, what WeChat was told."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from catalog.models import CUSTOMER, SHELF
from demo.history.rows import Rows
from orders import rules
from orders.models import PARCEL_STALLS

TOLD_AFTER = timedelta(seconds=2)
HALF_WAY = timedelta(hours=34)


@dataclass(frozen=True)
class Contents:
    """Units of one lot for one order line."""

    line_id: int
    sku_id: int
    lot_id: int
    units: int


@dataclass(frozen=True)
class LeftParcel:
    """A parcel that a carrier took along, and where it was going."""

    parcel_id: int
    order_number: str
    city: str
    packed_by: int
    shipped_at: datetime
    signed_at: datetime | None
    watched_until: datetime | None = None
    """When nobody lives on from what is written: what was heard of it by then."""

    def leave(self, contents: Iterable[Contents], rows: Rows) -> None:
        """Add its goods, and what was heard of it, to the rows."""
        for one in contents:
            self._goods(one, rows)
        self._told_wechat(rows)
        if self.signed_at is not None:
            self._followed(self.signed_at, rows)
        elif self.watched_until is not None:
            self._watched(self.watched_until, rows)

    def _goods(self, one: Contents, rows: Rows) -> None:
        """In the parcel, kept for the order, and out of the house."""
        rows.add(
            "orders_parcelline",
            parcel_id=self.parcel_id,
            line_id=one.line_id,
            lot_id=one.lot_id,
            quantity=one.units,
        )
        rows.add(
            "catalog_lotallotment",
            reference=self.order_number,
            sku_id=one.sku_id,
            lot_id=one.lot_id,
            to_pick=0,
            picked=0,
            shipped=one.units,
            lost=0,
            allotted_at=self.shipped_at,
        )
        rows.add(
            "catalog_lotmove",
            cause="shipped",
            sku_id=one.sku_id,
            lot_id=one.lot_id,
            from_place_id=SHELF,
            to_place_id=CUSTOMER,
            quantity=one.units,
            reference=f"{self.order_number} P{self.parcel_id}",
            step=1,
            at=self.shipped_at,
            by_id=self.packed_by,
        )

    def _told_wechat(self, rows: Rows) -> None:
        rows.add(
            "orders_shippingupload",
            parcel_id=self.parcel_id,
            status="done",
            owed_since=self.shipped_at,
            told_at=self.shipped_at + TOLD_AFTER,
            code="",
        )

    def _followed(self, signed_at: datetime, rows: Rows) -> None:
        """To its end. What is on its way when days are lived after is watched by them."""
        self._scanned("collected", "快件已揽收", "", self.shipped_at, rows)
        self._scanned("signed", "快件已签收，感谢使用", self.city, signed_at, rows)
        self._tracked("signed", signed_at, rows)

    def _watched(self, until: datetime, rows: Rows) -> None:
        """On its way; should nothing more be heard of it, its timer tells."""
        self._scanned("collected", "快件已揽收", "", self.shipped_at, rows)
        state, latest_at = "collected", self.shipped_at
        if self.shipped_at + HALF_WAY < until:
            state, latest_at = "moving", self.shipped_at + HALF_WAY
            self._scanned(state, "快件已到达派送城市", self.city, latest_at, rows)
        self._tracked(state, latest_at, rows)
        stalls_at = rules.stalls_at(self.shipped_at, latest_at)
        rows.add(
            "timing_timer",
            kind=PARCEL_STALLS,
            subject=f"parcel:{self.parcel_id}",
            generation=1,
            level=1,
            due_at=stalls_at,
            state="armed",
            fired_at=None,
            attempts=0,
            try_at=stalls_at,
            last_error="",
        )

    def _tracked(self, state: str, latest_at: datetime, rows: Rows) -> None:
        rows.add(
            "orders_parceltrack",
            parcel_id=self.parcel_id,
            state=state,
            latest_at=latest_at,
            followed_at=self.shipped_at + TOLD_AFTER,
            ask_at=None,
        )

    def _scanned(self, state: str, text: str, place: str, at: datetime, rows: Rows) -> None:
        rows.add(
            "orders_trackingscan",
            parcel_id=self.parcel_id,
            at=at,
            state=state,
            text=text,
            place=place,
            digest=rules.scan_digest(at, state, text, place),
            heard_at=at + TOLD_AFTER,
        )
