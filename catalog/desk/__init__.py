"""What staff do with products: the listing path, prices, goods in."""

from catalog.desk import beginnings, buttons, imports, timeline

__all__ = ["beginnings", "buttons", "imports", "timeline"]
