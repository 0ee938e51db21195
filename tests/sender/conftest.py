"""What the tests of the sender share."""

from __future__ import annotations

import pytest

from db.database import Database
from tests.sender.office import Office


@pytest.fixture
def office(database: Database) -> Office:
    """An empty outbox, once on each database."""
    return Office(database)
