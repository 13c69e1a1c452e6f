"""The mini-program's door."""
