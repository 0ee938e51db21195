"""What the answers of a self-diagnosis add up to: a band by the rules of the content, and what to say about it.

The score is points / maximum over the criteria answered (alone 2, with help 1, no 0). It decides the next step that is
offered; nobody is ever shown it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from db.content import Bands, Criterion, Trade

POINTS: Final = {"solo": 2, "ayuda": 1, "no": 0}
LEVELS: Final = {"basico": 0, "medio": 1, "avanzado": 2}


@dataclass(frozen=True, slots=True)
class Assessment:
    """A result. `score` and `by_function` 0..1.

    `strengths`: functions done wholly alone. `practise`: criteria, the most urgent first. `shown`: what an evaluator
    will most likely want to see, the hardest first.
    """

    band: str
    score: float
    by_function: Mapping[str, float]
    strengths: Sequence[str]
    practise: Sequence[Criterion]
    shown: Sequence[Criterion]


def assess(trade: Trade, answers: Mapping[str, str], bands: Bands) -> Assessment:
    """Add up the answers by criterion id; at least one criterion must be answered."""
    answered = [criterion for criterion in trade.criteria if answers.get(criterion.id) in POINTS]
    points = {criterion.id: POINTS[answers[criterion.id]] for criterion in answered}
    score = sum(points.values()) / (2 * len(answered))
    unsafe = any(criterion.critical and not points[criterion.id] for criterion in answered)
    by_function = _by_function(answered, points)
    return Assessment(
        band=bands.of(score, unsafe).name,
        score=score,
        by_function=by_function,
        strengths=[function for function, share in by_function.items() if share == 1],
        practise=_most_urgent_first([c for c in answered if points[c.id] < POINTS["solo"]], points),
        shown=sorted(trade.criteria, key=lambda criterion: -LEVELS[criterion.level]),
    )


def _by_function(answered: Sequence[Criterion], points: Mapping[str, int]) -> dict[str, float]:
    grouped: dict[str, list[int]] = defaultdict(list)
    for criterion in answered:
        grouped[criterion.function].append(points[criterion.id])
    return {function: round(sum(got) / (2 * len(got)), 3) for function, got in grouped.items()}


def _most_urgent_first(criteria: Sequence[Criterion], points: Mapping[str, int]) -> list[Criterion]:
    """Safety, then what is not done at all, then the basics: the order in which to practise."""
    return sorted(criteria, key=lambda c: (not c.critical, points[c.id], LEVELS[c.level]))
