"""What Tenon costs beside the raw limit: `python -m bench`, see README.md."""
