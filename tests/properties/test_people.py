"""Any words, buttons, places and files, in any order, from two people at once: always an answer and a way on."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings
from hypothesis.stateful import run_state_machine_as_test

from tests.chat import Bot, bot
from tests.properties.people import People

QUIET = tuple(HealthCheck)


def run(running: Bot, *, examples: int, steps: int) -> None:
    kind = type("PeopleHere", (People,), {"running": running})
    run_state_machine_as_test(
        kind,
        settings=settings(
            derandomize=True,
            deadline=None,
            database=None,
            max_examples=examples,
            stateful_step_count=steps,
            suppress_health_check=QUIET,
            print_blob=False,
            report_multiple_bugs=False,
        ),
    )


def test_two_people_in_any_order(tmp_path: Path) -> None:
    with bot(tmp_path) as running:
        run(running, examples=60, steps=40)


@pytest.mark.usefixtures("failures")
def test_on_both_databases(database_url: str, tmp_path: Path) -> None:
    with bot(tmp_path, database_url) as running:
        run(running, examples=8, steps=25)
