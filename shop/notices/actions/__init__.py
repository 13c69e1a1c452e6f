"""What raises notices, sends them, and keeps what people wish."""
