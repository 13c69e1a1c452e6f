"""Who came and what they looked at, and what it says (B5, D7)."""
