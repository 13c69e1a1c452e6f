"""How a product list can be narrowed."""

from django_filters import rest_framework as filters

from catalog.models import Brand, Category, Product

LARGEST_FEN = 10_000_000


class ProductFilter(filters.FilterSet):
    category = filters.ModelChoiceFilter(
        queryset=Category.objects.all(), to_field_name="slug", field_name="category"
    )
    brand = filters.ModelChoiceFilter(queryset=Brand.objects.all())
    price_min = filters.NumberFilter(
        "price_fen", "gte", min_value=0, max_value=LARGEST_FEN, decimal_places=0, label="fen"
    )
    price_max = filters.NumberFilter(
        "price_fen", "lte", min_value=0, max_value=LARGEST_FEN, decimal_places=0, label="fen"
    )

    class Meta:
        model = Product
        fields = ("category", "brand", "price_min", "price_max")
