"""A bot on each database, with people to talk to it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.chat import Bot, Chat, bot

Person = Callable[..., Chat]


@pytest.fixture
def running(tmp_path: Path, database_url: str) -> Iterator[Bot]:
    with bot(tmp_path, database_url, telegram_token="1:x", telegram_staff_chat="-100777") as made:
        yield made


@pytest.fixture
def person(running: Bot) -> Person:
    """`person(kept=True)`: somebody on WhatsApp who was asked, and agreed or not."""
    numbers = iter(range(100))

    def begin(*, kept: bool) -> Chat:
        phone = f"+5037000{next(numbers):04}"
        made = running.chat(f"whatsapp:{phone}", "whatsapp", phone)
        made.says("hola")
        made.taps("Sí, de acuerdo" if kept else "No guardar nada")
        return made

    return begin
