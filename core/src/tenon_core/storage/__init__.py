"""Databases, sessions and migrations."""
