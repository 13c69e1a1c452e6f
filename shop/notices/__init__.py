"""One way to tell somebody: which channels, when, with whose leave, and what became of it."""
