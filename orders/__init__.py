"""Orders: from the cart to the completed purchase, with payment and parcels."""
