"""Facts: stored with their transaction, delivered after it."""
