"""Rasa beside the local engine: the project that it trains from, and the client that asks it."""
