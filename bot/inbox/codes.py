"""A person's code in a message: after the word «código», or as it stands on the paper."""

from __future__ import annotations

import re
from typing import Final

from bot.inbox.people import CODE_LETTERS
from flows.catalogo import Door

_ALONE: Final = re.compile(rf"\s*([{CODE_LETTERS}]{{4}}-[{CODE_LETTERS}]{{4}})\.?\s*", re.I)
_TOLD: Final = re.compile(r"\W*(?:\w+ ){0,3}c[oó]digo(?: es)?(?: el)?[\s:«\"]+([A-Z0-9][A-Z0-9 -]{4,11})\W*", re.I)
_SURE: Final = re.compile(r"[A-Z]*\d[A-Z0-9]*|[A-Z]{3,4}-[A-Z]{3,4}", re.I)  # «código postal» is none
LENGTHS: Final = range(6, 10)


def written(text: str) -> str:
    """The code that a message is; "" for any other message."""
    found = _ALONE.fullmatch(text) or _TOLD.fullmatch(text)
    if found is None:
        return ""
    code = found[1].strip().upper()
    plain = "".join(letter for letter in code if letter.isalnum())
    whole = len(plain) == 8 and set(plain) <= set(CODE_LETTERS) and " " not in code
    sure = len(plain) in LENGTHS and bool(_SURE.fullmatch(plain) or _SURE.fullmatch(code))
    return code if whole or sure else ""


def door(code: str = "") -> Door:
    """Where it is asked for, or taken."""
    return Door("codigo", {"codigo": code} if code else {}, on_top=True)
