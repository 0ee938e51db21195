"""What the channel needs of templates: which one may be sent, and its variables as Twilio takes them."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Final, Protocol


class TemplateStore(Protocol):
    """Knows which templates are approved."""

    async def approved(self, name: str, language: str) -> str | None:
        """The ContentSid to send; None if there is none that may be sent."""


class _Nothing:
    async def approved(self, name: str, language: str) -> str | None:
        return None


NO_TEMPLATES: Final[TemplateStore] = _Nothing()


def content_variables(values: Sequence[str]) -> str:
    """The `ContentVariables` of one message."""
    return json.dumps({str(number): value for number, value in enumerate(values, 1)}, ensure_ascii=False)
