"""What is always true of orders, their payments, parcels and refunds, and of what they booked."""

from orders.invariants import books, goods, lives, parcels, refunds, tracking

__all__ = ["books", "goods", "lives", "parcels", "refunds", "tracking"]
