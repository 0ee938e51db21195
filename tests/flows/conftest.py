"""A bot with a person to talk to, on SQLite; the tests of the inbox run on both databases."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.chat import Bot, Chat, bot


@pytest.fixture
def running(tmp_path: Path) -> Iterator[Bot]:
    with bot(tmp_path) as made:
        yield made


@pytest.fixture
def chat(running: Bot) -> Chat:
    """Somebody who has not written before, on the web chat."""
    return running.chat()


@pytest.fixture
def known(running: Bot) -> Chat:
    """Somebody who went through the welcome: agreed, 34 years old, from Guazapa."""
    person = running.chat()
    person.says("hola")
    person.taps("Sí, de acuerdo")
    person.says("34")
    person.taps("El Salvador")
    person.says("Guazapa")
    return person
