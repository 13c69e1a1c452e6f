"""What staff do with products: the listing path, prices, goods in."""

from catalog.desk import buttons, imports, timeline

__all__ = ["buttons", "imports", "timeline"]
