"""A shop as large as any of ours will be, to measure and look at: two years of a million orders.

Some tens of thousands of orders are written as the demo's past is (`demo/history/`), as patterns;
the database makes copies of each: other customers, goods of the same price, a few minutes later.
"""
