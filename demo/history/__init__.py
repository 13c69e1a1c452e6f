"""What lies behind the days that are lived: a year of orders, written in bulk.

An action is the only way to change the shop; here is what many thousands of them would have left,
row by row. The oracle holds the one against the other.
"""
