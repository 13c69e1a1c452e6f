"""The staff's pages of time: the calendar, the clock's jobs, the timers."""
