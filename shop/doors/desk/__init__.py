"""The staff's side of the house."""
