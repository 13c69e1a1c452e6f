"""What is always true of orders, their payments, parcels and refunds, and of what they booked."""

from orders.invariants import books, checks, goods, lives, parcels, refunds, tracking

__all__ = ["books", "checks", "goods", "lives", "parcels", "refunds", "tracking"]
