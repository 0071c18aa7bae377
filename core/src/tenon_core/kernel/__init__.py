"""What finds, orders, loads and calls plugins."""
