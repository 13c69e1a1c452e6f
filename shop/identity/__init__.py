"""Who acts, what they may do, whom we know, and what of it is personal."""
