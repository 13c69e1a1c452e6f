"""What changes calendars, timers and clocks."""
