"""Conversations that people review: written by hand, run through the real bot, compared text for text."""
