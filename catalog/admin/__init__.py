"""Staff pages of the catalogue and of the goods."""

from catalog.admin import goods, products

__all__ = ["goods", "products"]
