"""Desks: pages of work that concerns many records."""
