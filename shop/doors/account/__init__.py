"""A customer's own account: sign-in, profile, addresses."""
