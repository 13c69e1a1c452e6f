"""What changes records."""
