"""The words and patterns of days and hours, compiled once from `data/dates.toml`."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from nlu.text import normalise
from nlu.words import load

_DATA = load("dates.toml")
DAYS: Final[dict[str, int]] = _DATA["dias"]
MONTHS: Final[dict[str, int]] = _DATA["meses"]
NUMBERS: Final[dict[str, int]] = {normalise(word): value for word, value in _DATA["numeros"].items()}
STREETS: Final = frozenset(_DATA["lugares"]["antes"])
EARLIEST: Final[int] = _DATA["oficina"]["primera_de_la_manana"]
LATEST: Final[int] = _DATA["oficina"]["ultima_de_la_tarde"]
HINTS: Final = frozenset([*DAYS, *MONTHS, *_DATA["indicios"]["palabras"]])
BEFORE_NUMBERS: Final = frozenset(_DATA["indicios"]["antes_de_numero"])
LONGEST: Final = 600  # characters that are read: beyond them nobody names a day

TOKEN: Final = re.compile(r"\d{4}-\d{2}-\d{2}|\d{1,2}[/-]\d{1,2}(?:[/-]\d{2,4})?|\d{1,2}[:.]\d{2}|\d+|[^\W\d_]+")
_N: Final = "(?:" + "|".join([r"\d{1,2}", *sorted(NUMBERS, key=len, reverse=True)]) + ")"
_H: Final = "(?:" + "|".join(["1[0-2]", "0?[1-9]", *(word for word, value in NUMBERS.items() if value <= 12)]) + ")"
_DAY: Final = "(?:" + "|".join(DAYS) + ")"
_MONTH: Final = "(?:" + "|".join(sorted(MONTHS, key=len, reverse=True)) + ")"
_HALF: Final = (
    r"(?P<half>am|pm|a m|p m|de la manana|en la manana|por la manana|de la tarde|en la tarde|por la tarde|"
    r"de la noche|en la noche|por la noche|de la madrugada|del mediodia|de la mananita|de la tardecita)"
)

DAY_RULES: Final = {
    name: re.compile(rf"(?<![^ ]){pattern}(?![^ ])")
    for name, pattern in {
        "iso": r"(?P<iso>\d{4}-\d{2}-\d{2})",
        "numeric": r"(?:el )?(?:dia )?(?P<d>\d{1,2})[/-](?P<m>\d{1,2})(?:[/-](?P<y>\d{2,4}))?",
        "of_month": (
            rf"(?:el )?(?:{_DAY} )?(?:dia )?(?P<d>{_N}) (?:de |del )?(?P<month>{_MONTH})"
            r"(?: (?:de |del )?(?P<y>\d{4}))?"
        ),
        "english_month": rf"(?P<month>{_MONTH}) (?P<d>\d{{1,2}})(?:st|nd|rd|th)?",
        "from_in": rf"(?:de |del )?(?P<from>hoy|manana|el {_DAY}|{_DAY}) en (?P<n>ocho|8|quince|15)(?: dias)?",
        "within": (
            rf"(?:en|dentro de|de aqui a|in) (?:unos |unas |como )?(?P<n>{_N}) "
            r"(?P<unit>dias?|semanas?|mes(?:es)?|days?|we{1,2}ks?|months?)"
        ),
        "after_tomorrow": r"pasado manana|day after tomorrow",
        "weekday": (
            rf"(?:(?P<before>este|esta|el proximo|proximo|el otro|otro|next|this|el|los) )?(?:dia )?(?P<day>{_DAY})"
            r"(?: (?P<after>que viene|que biene|proximo|siguiente|de la otra semana|de la proxima semana|"
            rf"de la semana que viene))?(?: (?P<d>(?!y )\d{{1,2}})(?! (?:am|pm|a m|p m|de la)))?"
        ),
        "next_week": (
            r"(?:la |una )?(?:otra semana|proxima semana|semana que (?:viene|biene)|semana entrante)|next we{1,2}k"
        ),
        "this_week": r"(?:en )?esta semana|this we{1,2}k",
        "weekend": r"(?:el |este |en el )?(?:fin de semana|finde|we{1,2}kend)",
        "next_month": r"(?:el )?(?:otro mes|proximo mes|mes que viene|mes entrante)|next month",
        "in_month": rf"(?:en|para|por) (?P<month>{_MONTH})",
        "today": r"hoy mismo|hoy|ahorita mismo|ya mismo|today",
        "tomorrow": r"(?<!la )(?<!de la )manana(?: mismo)?|tomorrow",
        "day_of_month": rf"(?:el dia|el|dia|para el) (?P<d>{_N})(?! (?:am|pm|a m|p m|de la|{_MONTH}))",
    }.items()
}

TIME_RULES: Final = {
    name: re.compile(rf"(?<![^ ]){pattern}(?![^ ])")
    for name, pattern in {
        "to": rf"(?P<less>un cuarto|cuarto|{_N}(?: minutos)?) (?:para|pa) (?:la|las) (?P<h>{_N})(?: {_HALF})?",
        "clock": rf"(?:a )?(?:la |las )?(?P<h>\d{{1,2}})[:.](?P<min>\d{{2}})(?: (?:horas|hrs?))?(?: {_HALF})?",
        "oclock": (
            rf"(?:(?:a|tipo|como|desde|at) )*(?:la|las|ala|alas|at) (?P<h>{_N})"
            rf"(?: y (?P<more>media|cuarto|un cuarto|{_N})| menos (?P<less>cuarto|un cuarto|{_N})| (?P<min>[0-5]\d))?"
            rf"(?: en punto)?(?: {_HALF})?"
        ),
        "hours": r"(?:a las )?(?P<h>\d{1,2}) (?:horas|hrs)",
        "with_half": rf"(?P<h>{_H})(?: y (?P<more>media|cuarto))? {_HALF}",
        "noon": r"(?:a |al |a la )?(?:mediodia|medio dia|no{1,2}n)",
        "midnight": r"(?:a la |a )?(?:medianoche|media noche|midnight)",
        "part": (
            r"(?:(?:(?:en|por|de|a) la |esta )(?=m|t|n)|(?:in the |this |)(?=afterno|morning|evening))"
            r"(?P<part>manana|mananita|tarde|tardecita|noche|madrugada|afternon|morning|evening)"
        ),
        "early": r"(?P<part>temprano|tempranito)",
    }.items()
}

PARTS: Final = {
    "manana": (7, 12),
    "mananita": (7, 12),
    "morning": (7, 12),
    "temprano": (7, 10),
    "tempranito": (7, 10),
    "tarde": (12, 18),
    "tardecita": (12, 18),
    "afternon": (12, 18),
    "noche": (18, 22),
    "evening": (18, 22),
    "madrugada": (0, 5),
}


@dataclass(frozen=True, slots=True, eq=False)
class Hit:
    """A rule of the above that fits, and where."""

    rule: str
    match: re.Match[str]

    @property
    def span(self) -> tuple[int, int]:
        return self.match.span()


def number_of(text: str) -> int:
    """A number in digits or words."""
    return int(text) if text.isdigit() else NUMBERS[text]
