"""One client object per vendor, and beside it the simulator that speaks the same protocol."""
