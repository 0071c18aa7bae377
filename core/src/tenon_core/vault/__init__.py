"""Stored secrets that have to be read again: encrypted with keys that are not in the database."""
