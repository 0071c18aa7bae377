"""Import, export, dump and load: how data comes in, goes out and moves between databases."""
