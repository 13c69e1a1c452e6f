"""Starts the real servers and the whole demo on one machine. Knows nothing of the shop."""
