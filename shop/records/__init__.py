"""What is kept so that it can be shown later: who looked, what was agreed, by which way it came."""
