"""Pages of the figures: the dictionary of indicators, and the regulations in practice."""
