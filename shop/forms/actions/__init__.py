"""Use cases of forms: written, filled in, marked."""
