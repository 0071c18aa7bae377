"""The business rules of the press shop."""
