"""What staff do with products: the listing path, prices, goods in."""

from catalog.desk import buttons, timeline

__all__ = ["buttons", "timeline"]
