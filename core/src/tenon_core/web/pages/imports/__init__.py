"""The import wizard: upload, map, check, run, result."""
