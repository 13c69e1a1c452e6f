"""What every API view shares: tokens, problems, pages, throttles, cached bytes, the schema."""
