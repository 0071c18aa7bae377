"""Pages: HTML over the same sessions, rights and services as the API."""
