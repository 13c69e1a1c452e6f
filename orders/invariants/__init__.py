"""What is always true of orders, their payments and refunds, and of what they booked."""

from orders.invariants import books, goods, lives, refunds

__all__ = ["books", "goods", "lives", "refunds"]
