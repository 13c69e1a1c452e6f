"""Licences: shown to customers, and filed by staff."""
