"""Fetching what people send."""
