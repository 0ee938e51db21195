"""Two processes, two hundred people, twenty places: twenty have one, everybody else is told other times."""

from __future__ import annotations

import json
import subprocess
import sys
from datetime import timedelta
from typing import Any

from sqlalchemy import func, select

from db.tables import appointments, slots
from tests.booking.conftest import NOW, Town, check
from tests.ops.project import ROOT

PEOPLE, PLACES = 200, 20


def run(town: Town, slot: int) -> list[dict[str, Any]]:
    """Both processes, let go at the same moment; what each was told."""
    halves = ((town.people[0], town.people[PEOPLE // 2 - 1]), (town.people[PEOPLE // 2], town.people[-1]))
    started = [
        subprocess.Popen(
            [sys.executable, "-m", "tests.booking.racer", town.database.url, str(slot), *map(str, half), str(NOW)],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for half in halves
    ]
    for process in started:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
    for process in started:
        assert process.stdin is not None
        process.stdin.write("go\n")
        process.stdin.flush()
    return [json.loads(process.communicate(timeout=120)[0]) for process in started]


def test_twenty_places_are_twenty_peoples(town: Town) -> None:
    here = town.centre("a")
    slot = town.slot(here, NOW + timedelta(days=7), PLACES)
    others = [town.slot(here, NOW + timedelta(days=7, hours=3 * number), 5) for number in range(1, 4)]
    for _ in range(PEOPLE):
        town.person()
    told = run(town, slot)
    assert [error for each in told for error in each["failed"]] == []
    booked = [code for each in told for code in each["booked"]]
    full = [times for each in told for times in each["full"]]
    assert (len(booked), len(full)) == (PLACES, PEOPLE - PLACES)
    assert {tuple(times) for times in full} == {tuple(others)}
    assert town.rows(select(slots.c.booked).where(slots.c.id == slot)) == [(PLACES,)]
    assert town.rows(select(func.count()).select_from(appointments)) == [(PLACES,)]
    town.do(check)
