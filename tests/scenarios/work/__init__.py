"""Scenarios of work."""
