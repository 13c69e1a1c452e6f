"""Customers' rights over their data: a copy of all of it, and its erasure (PIPL art. 45, 47)."""
