"""Where the program is only tried there are centres, which say so; where it is no longer, they are closed."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr
from sqlalchemy import select

from bot import demo
from bot.booking import places, times
from bot.settings import Settings
from db.content import load_trades
from db.tables import centres
from tests.booking.conftest import NOW, Town
from tests.chat import KEYS


@pytest.mark.parametrize(
    ("outside", "trial"),
    [
        ({}, True),
        ({"public_url": "https://arraigo.example.org"}, False),
        ({"twilio_account_sid": "AC1"}, False),
        ({"telegram_token": SecretStr("1:x")}, False),
        ({"database_url": SecretStr("sqlite:///x.db")}, False),
    ],
)
def test_a_trial_is_where_nobody_comes_from_outside(tmp_path: Path, outside: dict[str, Any], trial: bool) -> None:
    assert demo.is_trial(Settings(data_dir=tmp_path, **KEYS, **outside)) is trial


def test_centres_of_a_trial(town: Town) -> None:
    trades = sorted(load_trades())
    town.do(demo.settle, trades, NOW, trial=True)
    town.do(demo.settle, trades, NOW, trial=True)
    rows = town.rows(select(centres))
    assert len(rows) == 7
    assert all(row.name.startswith("Prueba: ") and row.address == "" for row in rows)
    for trade in trades:
        (nearest, *_) = town.do(places.near, trade, "GT", (14.6, -90.5), NOW)
        assert (nearest.place.code, nearest.next_at is not None) == ("prueba-guatemala", True)
        assert len(town.do(times.days, nearest.place, trade, NOW)) > 10
    town.do(demo.settle, trades, NOW, trial=False)
    assert town.do(places.near, trades[0], "", None, NOW) == []


def test_real_centres_are_left_alone(town: Town) -> None:
    town.centre("real")
    town.do(demo.settle, sorted(load_trades()), NOW, trial=True)
    town.do(demo.settle, [], NOW, trial=False)
    assert [(row.code, row.active) for row in town.rows(select(centres))] == [("real", True)]
