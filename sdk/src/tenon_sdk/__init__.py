"""The Tenon SDK: what a plugin is written with. It does no I/O and knows neither core nor web."""

VERSION = "1.0.0"
