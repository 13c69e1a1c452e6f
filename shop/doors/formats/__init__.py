"""How dates and times are written on the staff side."""
