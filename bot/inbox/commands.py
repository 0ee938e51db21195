"""The exact words that work anywhere, read from the copy."""

from __future__ import annotations

from flows.core.copy import Copy
from nlu.text import normalise


def load(copy: Copy) -> dict[str, str]:
    """Command by normalised words. Raises `ValueError` where two commands share a word."""
    found: dict[str, str] = {}
    for command, wordings in copy.texts["comandos"].items():
        for wording in wordings:
            plain = normalise(wording)
            if found.setdefault(plain, command) != command:
                raise ValueError(f"«{wording}» stands for both «{command}» and «{found[plain]}»")
    return found
