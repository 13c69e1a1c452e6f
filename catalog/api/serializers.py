"""What customers are told of products."""

from rest_framework import serializers

from catalog import rules
from catalog.models import Brand, Category, Product, ProductRevision, Sku


class BrandOut(serializers.ModelSerializer):
    class Meta:
        model = Brand
        fields = ("id", "name")


class CategoryOut(serializers.ModelSerializer):
    class Meta:
        model = Category
        fields = ("id", "name", "slug", "parent")


class ProductRowOut(serializers.ModelSerializer):
    """A product in a list. Prices are the lowest of its specifications, in fen."""

    title = serializers.CharField(source="live_revision.title")
    selling_point = serializers.CharField(source="live_revision.selling_point")
    brand = serializers.CharField(source="brand.name")
    category = serializers.CharField(source="category.slug")
    price_fen = serializers.IntegerField()
    member_price_fen = serializers.IntegerField(allow_null=True)
    stock = serializers.SerializerMethodField()

    class Meta:
        model = Product
        fields = (
            "id", "code", "kind", "title", "selling_point", "brand", "category",
            "price_fen", "member_price_fen", "stock",
        )  # fmt: skip

    def get_stock(self, product: Product) -> str:
        return rules.stock_level(product.available)  # type: ignore[attr-defined]


class SkuOut(serializers.ModelSerializer):
    """One specification with its offer, prices in fen.

    `reference_price_fen` is the only price that may be shown struck out: the lowest of the seven
    days before the present price (SAMR 56 art. 16), null where it is not above it.
    """

    price_fen = serializers.IntegerField(source="offer.price_fen")
    member_price_fen = serializers.IntegerField(source="offer.member_price_fen", allow_null=True)
    reference_price_fen = serializers.IntegerField(source="offer.reference_fen", allow_null=True)
    stock = serializers.CharField(source="offer.stock_level")

    class Meta:
        model = Sku
        fields = (
            "id", "code", "name", "price_fen", "member_price_fen", "reference_price_fen", "stock",
        )  # fmt: skip


class RevisionOut(serializers.ModelSerializer):
    """The reviewed content, word for word."""

    class Meta:
        model = ProductRevision
        fields = ("number", "published_at", *ProductRevision.CONTENT)


class ProductOut(serializers.ModelSerializer):
    brand = BrandOut()
    category = CategoryOut()
    content = RevisionOut(source="live_revision")
    skus = SkuOut(many=True)

    class Meta:
        model = Product
        fields = ("id", "code", "kind", "brand", "category", "content", "skus")
