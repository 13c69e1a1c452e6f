"""Facts and what they set in motion: event log, outbox, relay, inbox, states."""
