"""What staff do with products: the listing path, prices, goods in."""

from catalog.desk import beginnings, buttons, delistings, imports, prices, queues, timeline

__all__ = ["beginnings", "buttons", "delistings", "imports", "prices", "queues", "timeline"]
