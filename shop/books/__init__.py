"""Money: integer fen, exact splits. The ledger comes to stand here."""
