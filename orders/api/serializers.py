"""What goes over the wire about carts and orders. Amounts in fen."""

from typing import Any

from django.utils.translation import gettext_lazy as _
from rest_framework import serializers

from catalog import rules as catalog_rules
from marketing.rules import MAX_LINE_QUANTITY, MAX_LINES
from orders.models import Order, OrderLine, Parcel, ParcelLine, TrackingScan
from shop.doors.api.parsing import Input, StrictInteger, StrictText

LARGEST_ID = 2**63 - 1


class QuantityIn(Input):
    quantity = StrictInteger(min_value=1, max_value=MAX_LINE_QUANTITY)


class LineIn(Input):
    sku = StrictInteger(min_value=1, max_value=LARGEST_ID)
    quantity = StrictInteger(min_value=1, max_value=MAX_LINE_QUANTITY)


class LinesIn(Input):
    """Without `lines` the cart is meant."""

    lines = serializers.ListField(
        child=LineIn(), required=False, allow_empty=False, max_length=MAX_LINES
    )

    def validate_lines(self, lines: list[dict[str, int]]) -> dict[int, int]:
        wanted = {line["sku"]: line["quantity"] for line in lines}
        if len(wanted) != len(lines):
            raise serializers.ValidationError(_("Name each SKU once."))
        return wanted


class OrderIn(LinesIn):
    """`payable_fen` is the amount the buyer was shown; another one is refused."""

    address = StrictInteger(min_value=1, max_value=LARGEST_ID)
    payable_fen = StrictInteger(min_value=1, max_value=10**12)
    remark = StrictText(max_length=200, allow_blank=True, default="")
    policies = serializers.DictField(
        child=StrictInteger(min_value=1, max_value=LARGEST_ID),
        required=False,
        help_text="the versions the buyer agrees to, as GET policies/ lists them",
    )


class AdjustmentOut(serializers.Serializer):
    lane = serializers.CharField()
    rule = serializers.CharField()
    fen = serializers.IntegerField()


class QuotedLineOut(serializers.Serializer):
    sku = serializers.IntegerField(source="quoted.sku_id")
    product = serializers.IntegerField(source="offer.sku.product_id")
    title = serializers.CharField(source="revision.title")
    specification = serializers.CharField(source="offer.sku.name")
    quantity = serializers.IntegerField(source="quoted.quantity")
    list_fen = serializers.IntegerField(source="quoted.list_fen")
    payable_fen = serializers.IntegerField(source="quoted.payable_fen")
    adjustments = AdjustmentOut(many=True, source="quoted.adjustments")
    stock = serializers.CharField(source="offer.stock_level")


class QuoteOut(serializers.Serializer):
    """What a basket costs now, line by line, and why."""

    lines = QuotedLineOut(many=True)
    list_fen = serializers.IntegerField(source="quote.list_fen")
    saved_fen = serializers.IntegerField(source="quote.saved_fen")
    payable_fen = serializers.IntegerField(source="quote.payable_fen")


class CartLineOut(serializers.Serializer):
    """A line of the cart; `offer` fields are null when the SKU is no longer sold."""

    sku = serializers.IntegerField(source="sku_id")
    quantity = serializers.IntegerField()
    specification = serializers.CharField(source="sku.name")
    title = serializers.SerializerMethodField()
    price_fen = serializers.SerializerMethodField()
    stock = serializers.SerializerMethodField()

    def get_title(self, line: Any) -> str | None:
        live = line.sku.product.live_revision
        return live.title if live else None

    def get_price_fen(self, line: Any) -> int | None:
        offer = getattr(line.sku, "offer", None)
        return offer.price_fen if offer and line.sku.product.live_revision_id else None

    def get_stock(self, line: Any) -> str:
        offer = getattr(line.sku, "offer", None)
        available = offer.available if offer and line.sku.product.live_revision_id else 0
        return catalog_rules.stock_level(available)


class OrderLineOut(serializers.ModelSerializer):
    sku = serializers.IntegerField(source="sku_id")
    adjustments = AdjustmentOut(many=True)

    class Meta:
        model = OrderLine
        fields = (
            "sku", "title", "specification", "quantity", "list_fen", "payable_fen", "adjustments",
        )  # fmt: skip


class ParcelLineOut(serializers.ModelSerializer):
    """Units of one order line that travel in this parcel."""

    sku = serializers.IntegerField(source="line.sku_id")
    title = serializers.CharField(source="line.title")
    specification = serializers.CharField(source="line.specification")

    class Meta:
        model = ParcelLine
        fields = ("sku", "title", "specification", "quantity")


class ParcelOut(serializers.ModelSerializer):
    """A parcel that has left; an order may travel in several."""

    carrier_name = serializers.CharField(source="get_carrier_display")
    lines = ParcelLineOut(many=True)

    class Meta:
        model = Parcel
        fields = ("carrier", "carrier_name", "waybill", "shipped_at", "lines")


class ScanOut(serializers.ModelSerializer):
    state_name = serializers.CharField(source="get_state_display")

    class Meta:
        model = TrackingScan
        fields = ("at", "state", "state_name", "place", "text")


class TrackedParcelOut(ParcelOut):
    """A parcel and what its carrier scanned, the newest first."""

    state = serializers.SerializerMethodField(help_text="empty until the carrier has scanned it")
    state_name = serializers.SerializerMethodField()
    scans = ScanOut(many=True)

    class Meta:
        model = Parcel
        fields = (
            "carrier", "carrier_name", "waybill", "shipped_at", "lines",
            "state", "state_name", "scans",
        )  # fmt: skip

    def get_state(self, parcel: Any) -> str:
        return parcel.track.state if hasattr(parcel, "track") else ""

    def get_state_name(self, parcel: Any) -> str:
        return parcel.track.get_state_display() if hasattr(parcel, "track") else ""


class OrderOut(serializers.ModelSerializer):
    recipient = serializers.CharField()
    phone = serializers.CharField()
    street = serializers.CharField()
    lines = OrderLineOut(many=True)
    parcels = ParcelOut(many=True)
    refunded_fen = serializers.IntegerField(help_text="given back, as WeChat Pay says")
    payment = serializers.CharField(
        source="payment_state", help_text="unpaid, paid, partly_refunded, refunded"
    )
    after_sales = serializers.CharField(source="after_sales_state", help_text="none, open, done")

    class Meta:
        model = Order
        fields = (
            "number", "status", "list_fen", "payable_fen", "remark",
            "recipient", "phone", "province", "city", "district", "street",
            "placed_at", "paid_at", "confirmed_at", "shipped_at", "signed_at", "completed_at",
            "cancelled_at", "closed_at", "policies",
            "refunded_fen", "payment", "after_sales",
            "lines", "parcels",
        )  # fmt: skip


class PlacedOut(serializers.ModelSerializer):
    """What is new about a placed order; the rest is at its own address."""

    class Meta:
        model = Order
        fields = ("number", "status", "list_fen", "payable_fen", "placed_at")


class PaymentParametersOut(serializers.Serializer):
    """What the mini-program hands to wx.requestPayment, unchanged."""

    timeStamp = serializers.CharField()
    nonceStr = serializers.CharField()
    package = serializers.CharField()
    signType = serializers.CharField()
    paySign = serializers.CharField()
