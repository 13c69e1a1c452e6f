"""Products, listing, stock: what the shop sells and how it got there."""
