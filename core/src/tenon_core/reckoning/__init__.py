"""Arithmetic of working time and money that every part of the core may use."""
