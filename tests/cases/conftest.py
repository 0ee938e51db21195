"""A bot on each database, a team, and people who want to talk to it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cases.team import Team
from tests.chat import bot


@pytest.fixture
def team(tmp_path: Path, database_url: str) -> Iterator[Team]:
    with bot(tmp_path, database_url, telegram_token="1:x", telegram_staff_chat="-100777") as made:
        yield Team(made)


@pytest.fixture
def small(tmp_path: Path) -> Iterator[Team]:
    """On SQLite alone."""
    with bot(tmp_path, None, telegram_token="1:x", telegram_staff_chat="-100777") as made:
        yield Team(made)
