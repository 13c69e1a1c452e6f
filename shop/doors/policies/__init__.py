"""What customers read and agree to."""
