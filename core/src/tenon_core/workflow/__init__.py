"""States, the moves between them, and approvals."""
