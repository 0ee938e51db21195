"""What is wrong with the content, and what nobody has reviewed yet."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Container, Iterable, Iterator
from pathlib import Path

from db.content.files import COUNTRIES, FOLDER, ContentError
from db.content.lines import FILE as LINES
from db.content.lines import Lines, load_lines
from db.content.places import GEO, INSTITUTIONS, Department, District, Municipality, load_departments, load_institutions
from db.content.trades import FILE as TRADES
from db.content.trades import Criterion, Question, Trade, load_bands, load_trades, raw_trades

CRITERIA, CRITICAL, QUESTIONS = 12, 2, 3
LEVELS = ("basico", "medio", "avanzado")
KINDS = ("desempeno", "material", "seguridad")
CONFIDENCES = ("V", "C", "U")
LINE_STATES = ("verificado", "confirmar", "inseguro")
_SLUG = re.compile(r"[a-z][a-z0-9_]*")
_SOUTH_WEST, _NORTH_EAST = (12.9, -92.4), (17.9, -82.4)  # El Salvador, Guatemala and Honduras lie within


def problems(folder: Path = FOLDER) -> list[str]:
    """Everything that must be mended, one line each: file, place, what is wrong."""
    checks: list[Callable[[Path], Iterator[str]]] = [_trades, _bands, _lines, _institutions, _places]
    found: list[str] = []
    for check in checks:
        try:
            found += check(folder)
        except ContentError as error:
            found.append(str(error))
    return found


def unreviewed(
    folder: Path = FOLDER, *, trades: Container[str] = (), lines: Container[tuple[str, str]] = ()
) -> list[str]:
    """What is to be signed before people are invited, one line each; but for what is signed elsewhere: `trades` by
    slug, `lines` by country and number.
    """
    listed = load_lines(folder).by_country
    return [
        *(
            f"{TRADES}: {trade.slug}: no institute has reviewed it"
            for trade in load_trades(folder).values()
            if not trade.reviewed and trade.slug not in trades
        ),
        *(
            f"{LINES}: {country}: {line.number} ({line.who}): nobody of the staff has called and signed it"
            for country in listed
            for line in listed[country]
            if line.number and not line.signed and (country, line.number) not in lines
        ),
    ]


def _twice(names: Iterable[str]) -> list[str]:
    return [name for name, times in Counter(names).items() if times > 1]


def _trades(folder: Path) -> Iterator[str]:
    for slug in _twice(str(row.get("id")) for row in raw_trades(folder)):
        yield f"{TRADES}: {slug}: two trades have this id"
    trades = load_trades(folder).values()
    ids = [each.id for trade in trades for each in trade.criteria]
    ids += [each.id for trade in trades for each in trade.questions]
    for name in _twice(ids):
        yield f"{TRADES}: {name}: two criteria or questions have this id"
    for trade in trades:
        yield from (f"{TRADES}: {trade.slug}: {problem}" for problem in _trade(trade))


def _trade(trade: Trade) -> Iterator[str]:
    if not _SLUG.fullmatch(trade.slug):
        yield "an id is small letters, digits and «_»"
    if len(trade.criteria) != CRITERIA:
        yield f"{len(trade.criteria)} criteria, where {CRITERIA} are wanted"
    if sum(criterion.critical for criterion in trade.criteria) < CRITICAL:
        yield f"fewer than {CRITICAL} critical criteria"
    if len(trade.questions) != QUESTIONS:
        yield f"{len(trade.questions)} questions, where {QUESTIONS} are wanted"
    for country in COUNTRIES:
        if not trade.names[country]:
            yield f"no name in {country}"
    for criterion in trade.criteria:
        yield from (f"{criterion.id}: {problem}" for problem in _criterion(criterion))
    for question in trade.questions:
        yield from (f"{question.id}: {problem}" for problem in _question(question))


def _criterion(criterion: Criterion) -> Iterator[str]:
    if criterion.level not in LEVELS:
        yield f"level «{criterion.level}» is none of {', '.join(LEVELS)}"
    if criterion.kind not in KINDS:
        yield f"kind «{criterion.kind}» is none of {', '.join(KINDS)}"
    if criterion.critical and criterion.kind != "seguridad":
        yield "critical, but not of the kind «seguridad»"


def _question(question: Question) -> Iterator[str]:
    if not 0 <= question.correct < len(question.options):
        yield f"«ok: {question.correct}» names no option: the first is 0, the last {len(question.options) - 1}"
    if len(question.options) < 2 or _twice(question.options):
        yield "wants two options or more, each different"
    if question.confidence not in CONFIDENCES:
        yield f"confidence «{question.confidence}» is none of {', '.join(CONFIDENCES)}"
    if question.confidence == "V" and not question.source:
        yield "marked V, but names no source"


def _bands(folder: Path) -> Iterator[str]:
    bands = load_bands(folder)
    if not any(band.unsafe for band in bands.rules):
        yield f"{TRADES}: bandas_propuestas: no band for a critical task that is «no»"
    for hundredths in range(101):
        try:
            bands.of(hundredths / 100, unsafe=False)
        except ContentError as error:
            yield str(error)


def _lines(folder: Path) -> Iterator[str]:
    lines = load_lines(folder)
    for country, listed in lines.by_country.items():
        for line in listed:
            if line.state not in LINE_STATES:
                yield f"{LINES}: {country}: {line.who}: state «{line.state}» is none of {', '.join(LINE_STATES)}"
    for country in COUNTRIES:
        if not lines.fallback.get(country):
            yield f"{LINES}: respaldo: {country} has no number"
    yield from _numbers(lines)


def _numbers(lines: Lines) -> Iterator[str]:
    named = [("respaldo", lines.fallback), *lines.by_case.items()]
    for case, by_country in named:
        for country, numbers in by_country.items():
            states = {line.number: line.state for line in lines.by_country.get(country, ())}
            for number in numbers:
                if number not in states:
                    yield f"{LINES}: {case}: {country}: {number} is no line of that country"
                elif states[number] == "inseguro" or (case == "respaldo" and states[number] != "verificado"):
                    yield f"{LINES}: {case}: {country}: {number} is not verified"


def _institutions(folder: Path) -> Iterator[str]:
    institutions = load_institutions(folder)
    for code in _twice(institution.code for institution in institutions):
        yield f"{INSTITUTIONS}: {code}: two institutions have this id"
    for institution in institutions:
        if institution.country not in (*COUNTRIES, "regional"):
            yield f"{INSTITUTIONS}: {institution.code}: «{institution.country}» is no country of ours"
        if institution.confidence not in CONFIDENCES:
            yield f"{INSTITUTIONS}: {institution.code}: confidence «{institution.confidence}» is unknown"


def _places(folder: Path) -> Iterator[str]:
    departments = load_departments(folder)
    for code in _twice(department.code for department in departments):
        yield f"{GEO}: {code}: two departments have this code"
    for department in departments:
        yield from (f"{GEO}: {department.code}: {problem}" for problem in _department(department))


def _department(department: Department) -> Iterator[str]:
    if department.country not in COUNTRIES or not department.code.startswith(f"{department.country}-"):
        yield f"the code does not belong to {department.country}"
    for name in _twice(each.name for each in department.municipalities):
        yield f"{name}: two municipalities have this name"
    for municipality in department.municipalities:
        for name in _twice(each.name for each in municipality.districts):
            yield f"{municipality.name}: {name}: two districts have this name"
    inside = [district for each in department.municipalities for district in each.districts]
    places: list[Department | Municipality | District] = [department, *department.municipalities, *inside]
    for place in places:
        if place.point and not _within(place.point):
            yield f"{place.name}: {place.point} lies in none of the three countries"


def _within(point: tuple[float, float]) -> bool:
    return all(low <= value <= high for low, value, high in zip(_SOUTH_WEST, point, _NORTH_EAST, strict=True))
