"""Fetches what people send (pictures, voice notes, stickers) from the providers, seals it and keeps it for a time."""

from __future__ import annotations

from bot.media.fetcher import Bounds, Fetcher

__all__ = ["Bounds", "Fetcher"]
