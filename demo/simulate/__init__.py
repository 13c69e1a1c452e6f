"""Customers over real HTTP: who they are at the shop's door, one at a time or many at once."""
