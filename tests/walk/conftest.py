"""One walk for all its tests."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import pytest
import structlog

from tests.chat import Bot, bot
from tests.fakes.unsure import UNSURE, Unsure
from tests.walk import appointments
from tests.walk.walker import Recording, Walk, watch


@dataclass
class Walked:
    """A walk that is over: what it saw, what was said, which steps were passed."""

    walk: Walk
    copy: Recording
    steps: set[tuple[str, str]]


@pytest.fixture(scope="session")
def walked(tmp_path_factory: pytest.TempPathFactory) -> Walked:
    with bot(tmp_path_factory.mktemp("walk")) as running, structlog.testing.capture_logs():
        copy, engine = watch(running.app)
        running.app.__dict__["nlu"] = Unsure(running.app.nlu, UNSURE)
        walk = Walk(running).go()
    with bot(tmp_path_factory.mktemp("appointments")) as town:
        told, passing = watch(town.app)
        appointments.tell(town)
    copy.said |= told.said
    return Walked(walk, copy, walk.steps | engine.passed | passing.passed)


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bot]:
    """A bot for conversations of their own."""
    with bot(tmp_path_factory.mktemp("running")) as made:
        yield made
