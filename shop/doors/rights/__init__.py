"""Customers' rights over their data, through the API and on the staff side."""
