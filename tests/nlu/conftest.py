"""What the tests of the language seat share: the real catalogue and gazetteer, loaded once."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import yaml

from nlu.places import Gazetteer
from nlu.plain import PlainEngine
from nlu.safety import Safety
from nlu.trades import TradeNames

CONTENT = Path(__file__).parents[2] / "db" / "content"


@pytest.fixture(scope="session")
def catalogue() -> list[dict[str, Any]]:
    trades: list[dict[str, Any]] = yaml.safe_load((CONTENT / "trades.yml").read_text(encoding="utf-8"))["trades"]
    return trades


@pytest.fixture(scope="session")
def trades(catalogue: list[dict[str, Any]]) -> TradeNames:
    return TradeNames(catalogue)


@pytest.fixture(scope="session")
def gazetteer() -> Gazetteer:
    return Gazetteer(json.loads((CONTENT / "geo.json").read_text(encoding="utf-8")))


@pytest.fixture(scope="session")
def safety() -> Safety:
    return Safety.read()


@pytest.fixture(scope="session")
def engine(trades: TradeNames, gazetteer: Gazetteer, safety: Safety) -> PlainEngine:
    return PlainEngine(trades, gazetteer, safety)
