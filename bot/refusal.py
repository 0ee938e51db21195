"""Why something cannot be done: the type is the reason, told in English by its docstring and to staff by a text."""

from __future__ import annotations

from typing import ClassVar


class Refusal(Exception):
    """It cannot be done now; `key` is the text that says why and what to do."""

    key: ClassVar[str] = ""

    def __str__(self) -> str:
        return (type(self).__doc__ or "").strip()
