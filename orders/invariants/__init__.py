"""What is always true of orders, their payments and what they entered into the books."""

from orders.invariants import books, lives

__all__ = ["books", "lives"]
