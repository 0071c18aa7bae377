"""Reports: numbers of any entity by one or two of its fields, under the reader's own rights."""
