"""The times of customers' rights, from values alone."""

from datetime import datetime, timedelta

ANSWER_WITHIN = timedelta(days=15)
"""Whoever asks is answered within fifteen days (GB/T 35273-2020, 8.7)."""

COOLING = timedelta(days=7)
"""How long an erasure can still be called off by whoever asked for it."""

COPY_KEPT = timedelta(days=7)
LINK_LIFE = timedelta(minutes=10)
"""A link to a copy opens once, and only so long."""


def erases_at(asked_at: datetime) -> datetime:
    """When the cooling is over."""
    return asked_at + COOLING


def due_at(asked_at: datetime) -> datetime:
    """By when the request must be answered."""
    return asked_at + ANSWER_WITHIN
