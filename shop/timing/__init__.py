"""When the house works, what falls due, and how long a promise has left."""
