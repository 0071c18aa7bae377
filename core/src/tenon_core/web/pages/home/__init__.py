"""The first page of the day: widgets, each loaded by a request of its own."""
