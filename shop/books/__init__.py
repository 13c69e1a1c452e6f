"""Money: integer fen, exact splits, and the books it is kept in."""
