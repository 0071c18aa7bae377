"""What is served over HTTP: the API, log-in, and the pages beside them."""
