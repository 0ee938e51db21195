"""An engine that is as unsure of some messages as a test wants, and understands all others as it does anyway."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from nlu.understanding import Engine, Intent, Understanding

UNSURE: Final[Mapping[str, Mapping[str, float]]] = {
    "lo de los papeles": {"legal_help": 0.7, "my_record": 0.15, "training": 0.1, "goodbye": 0.05},
    "eso del oficio": {"diagnose_skills": 0.7, "find_job": 0.2, "thanks": 0.1},
    "lo que dice ahí": {"ask_certification": 0.7, "find_job": 0.2},
    "el de antes": {"find_job": 0.65},
    "algo así": {"find_job": 0.4, "training": 0.3},
}


@dataclass(frozen=True)
class Unsure:
    """`readings`: confidence by intent, best first, for each message that is to be guessed at."""

    engine: Engine
    readings: Mapping[str, Mapping[str, float]]

    def parse(self, text: str, *, country: str | None = None, now: datetime) -> Understanding:
        """As the engine behind it, but for the readings."""
        understood = self.engine.parse(text, country=country, now=now)
        if text not in self.readings:
            return understood
        intents = tuple(Intent(name, confidence) for name, confidence in self.readings[text].items())
        return replace(understood, intents=intents, alarm=None)
