"""Files in and out: what customers send, and what anybody may read of what is kept."""
