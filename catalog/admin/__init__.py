"""Staff pages of the catalogue and of the goods."""

from catalog.admin import delistings, goods, prices, products

__all__ = ["delistings", "goods", "prices", "products"]
