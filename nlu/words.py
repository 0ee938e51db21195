"""The short words of `data/words.toml`: yes and no, numbers, fillers and abbreviations."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

DATA = Path(__file__).parent / "data"


def load(name: str) -> dict[str, Any]:
    """Read one file of `nlu/data`."""
    with (DATA / name).open("rb") as file:
        return tomllib.load(file)


@dataclass(frozen=True, slots=True)
class Words:
    """`data/words.toml`, ready to compare with normalised text."""

    yes: frozenset[str]
    no: frozenset[str]
    maybe: frozenset[str]
    answer_fillers: frozenset[str]
    yes_openings: frozenset[str]
    no_openings: frozenset[str]
    doubts: frozenset[str]
    longest_answer: int  # words
    numbers: Mapping[str, int]
    number_fillers: frozenset[str]
    short: Mapping[str, str]

    @classmethod
    def read(cls) -> Words:
        """Read the file once, at import."""
        data = load("words.toml")
        answers, figures = data["sino"], data["numeros"]
        return cls(
            yes=frozenset(answers["si"]),
            no=frozenset(answers["no"]),
            maybe=frozenset(answers["quizas"]),
            answer_fillers=frozenset(answers["relleno"]),
            yes_openings=frozenset(answers["empieza_si"]),
            no_openings=frozenset(answers["empieza_no"]),
            doubts=frozenset(answers["dudas"]),
            longest_answer=answers["mas_larga"],
            numbers=_numbers(figures),
            number_fillers=frozenset(figures["relleno"]),
            short=data["abreviaturas"],
        )


def _numbers(figures: Mapping[str, Any]) -> dict[str, int]:
    units: list[str] = figures["unidades"]
    names = {name: value for value, name in enumerate(units + figures["diez_a_treinta"])}
    for tens, value in figures["decenas"].items():
        names[tens] = value
        for join in (
            f"{tens} y ",
            f"{tens} ",
            f"{tens}y",
            f"{tens}i",
            f"{tens[:-1]}i",
        ):  # «cuarentaidós», «treinticinco»
            names.update({f"{join}{unit}": value + step for step, unit in enumerate(units) if step})
    names.update(figures["otros"])
    return names


WORDS = Words.read()
