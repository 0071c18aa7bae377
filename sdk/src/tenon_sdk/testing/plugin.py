"""Registers the fixtures of the kit with pytest."""
