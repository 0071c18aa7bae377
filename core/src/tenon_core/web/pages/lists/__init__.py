"""The list of any entity: its page, its parts, and what is done from it."""
