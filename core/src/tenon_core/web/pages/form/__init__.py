"""Forms: made from the declaration of an entity or of an attrs class, read back and saved."""
