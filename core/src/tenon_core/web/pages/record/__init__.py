"""The page of one record and its parts, each with an address of its own."""
