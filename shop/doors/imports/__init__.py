"""Tables from people: read under limits, tried without writing, then applied row by row."""
