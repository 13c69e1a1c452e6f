"""The limit: the least that PostgreSQL and a Python web application can do for the same answers."""
