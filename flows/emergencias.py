"""Emergency numbers as a person may read them: their country's, or each country's with its name."""

from __future__ import annotations

from collections.abc import Mapping

from flows.core.turn import Turn
from flows.store import country, world


def numbers(turn: Turn) -> Mapping[str, object]:
    """The value `numeros`: the fallback numbers of the person's country, or of all three, labelled."""
    known = world(turn).fallback_numbers
    here = country(turn)
    countries = [here] if here in known else list(known)
    return {"numeros": "\n".join(_line(turn, code, len(countries) > 1) for code in countries)}


def _line(turn: Turn, code: str, labelled: bool) -> str:
    listed = f" {turn.copy.common('o', {})} ".join(world(turn).fallback_numbers[code])
    if not labelled:
        return turn.copy.common("numero", {"numeros": listed})
    return turn.copy.common("numero_pais", {"pais": turn.copy.common(f"pais_{code}", {}), "numeros": listed})
