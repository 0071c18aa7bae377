"""Services of the shared nouns: duplicates, merge, hand-over, pool, tiers, relationships."""
