"""What changes work: its life, whose it is, its log."""
