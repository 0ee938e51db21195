"""Emergency numbers as a person may read them: their country's, or each country's with its name; never another's."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from flows.core.turn import Turn
from flows.store import SignedLine, country, store, world

HOME: Final = ("SV", "GT", "HN")
NEAR: Final = ("US", "MX")
"""Countries abroad whose one general emergency number is known, and nothing else."""

WHERE: Final = "pais_ahora"  # the answer that says where the person is, in the flows that speak of danger

DANGER, MEDICAL, WOMEN, CHILDREN, MOOD = "peligro", "medico", "violencia_mujer", "ninez", "animo"
NEEDS: Final[Mapping[str, tuple[str, ...]]] = {
    DANGER: ("peligro",),
    MEDICAL: ("intento", "medico"),
    WOMEN: ("violencia_mujer",),
    CHILDREN: ("ninez",),
    MOOD: ("suicidio", "animo"),
}
"""What the lines are for, in the words of `crisis_lines.yml`, by what a person needs."""
MOST: Final = 2  # lines beside the general numbers: who is afraid reads little
CASES: Final[Mapping[str, str]] = {
    DANGER: "peligro_ahora",
    MEDICAL: "intento_o_emergencia_medica",
    WOMEN: "violencia_mujer",
    CHILDREN: "ninez",
    MOOD: "animo_suicidio",
}
"""How that file calls the list that says which number comes first for a need."""


def numbers(turn: Turn, need: str = "") -> Mapping[str, object]:
    """The value `numeros`. Where the country is known: its signed lines for the need, and its general numbers."""
    told = turn.answers.get(WHERE, "") if turn.session.stack else ""
    here = told or country(turn)
    if here in HOME:
        return {"numeros": "\n".join([*_signed(turn, here, need), _general(turn, here, need)])}
    if here in world(turn).abroad_numbers:
        return {"numeros": _abroad(turn, here)}
    return {"numeros": "\n".join([*(_general(turn, code, need) for code in HOME), _near(turn)])}


def _general(turn: Turn, code: str, need: str) -> str:
    """The general numbers of a country, with its name: a telephone may be used in another one."""
    known = world(turn).fallback_numbers[code]
    first = [each for each in _first(turn, code, need) if each in known]
    return _named(turn, code, list(dict.fromkeys([*first, *known])))


def _first(turn: Turn, code: str, need: str) -> Sequence[str]:
    """The numbers of a country in the order in which they are wanted for a need."""
    return world(turn).first_numbers.get(CASES.get(need, ""), {}).get(code, ())


def _abroad(turn: Turn, code: str) -> str:
    if code in NEAR:
        return _named(turn, code, world(turn).abroad_numbers[code])
    return _listed(turn, world(turn).abroad_numbers[code])


def _near(turn: Turn) -> str:
    """«Estados Unidos o México: 911», in one line where the number is the same."""
    abroad = world(turn).abroad_numbers
    names = f" {turn.copy.common('o', {})} ".join(turn.copy.common(f"pais_{code}", {}) for code in NEAR)
    listed = _joined(turn, list(dict.fromkeys(number for code in NEAR for number in abroad[code])))
    return turn.copy.common("numero_pais", {"pais": names, "numeros": listed})


def _signed(turn: Turn, code: str, need: str) -> list[str]:
    """The country's lines for this need that staff called and signed, each with a name that gives nothing away."""
    wanted = NEEDS.get(need)
    if not wanted:
        return []
    found = [line for line in store(turn).lines(code) if not set(line.purposes).isdisjoint(wanted)]
    general = world(turn).fallback_numbers[code]
    order = {number: place for place, number in enumerate(_first(turn, code, need))}
    found.sort(key=lambda line: order.get(line.number, len(order)))
    return [_line(turn, line, need) for line in found if line.number not in general][:MOST]


def _line(turn: Turn, line: SignedLine, need: str) -> str:
    what = turn.copy.common(f"linea_{need}", {})
    values = {"linea": what, "numeros": line.number, "horario": line.hours}
    return turn.copy.common("numero_linea_horario" if line.hours else "numero_linea", values)


def _named(turn: Turn, code: str, listed: Sequence[str]) -> str:
    values = {"pais": turn.copy.common(f"pais_{code}", {}), "numeros": _joined(turn, listed)}
    return turn.copy.common("numero_pais", values)


def _listed(turn: Turn, listed: Sequence[str]) -> str:
    return turn.copy.common("numero", {"numeros": _joined(turn, listed)})


def _joined(turn: Turn, listed: Sequence[str]) -> str:
    return f" {turn.copy.common('o', {})} ".join(listed)
