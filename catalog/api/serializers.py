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
    """One specification with its offer, prices in fen."""

    price_fen = serializers.IntegerField(source="offer.price_fen")
    member_price_fen = serializers.IntegerField(source="offer.member_price_fen", allow_null=True)
    stock = serializers.CharField(source="offer.stock_level")

    class Meta:
        model = Sku
        fields = ("id", "code", "name", "price_fen", "member_price_fen", "stock")


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
