"""The trades: how people call them, and the questionnaire of each, as typed data."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from db.content.files import COUNTRIES, FOLDER, ContentError, need, read

FILE = "trades.yml"


@dataclass(frozen=True, slots=True)
class Criterion:
    """A task, as the person would say it: «Sí, lo hago solo/a», «Con ayuda», «No»."""

    id: str
    function: str
    text: str
    level: str  # basico, medio, avanzado
    kind: str  # desempeno, material, seguridad
    critical: bool


@dataclass(frozen=True, slots=True)
class Question:
    """A question of knowledge; it prepares, and never counts. `correct` is an index of `options`."""

    id: str
    text: str
    options: tuple[str, ...]
    correct: int
    source: str | None
    confidence: str  # V seen in a stored copy, C common knowledge, U unsure


@dataclass(frozen=True, slots=True)
class Standard:
    """A norm that a questionnaire was shaped after."""

    name: str
    url: str | None
    used_for: str | None
    confidence: str


@dataclass(frozen=True, slots=True)
class Trade:
    """One trade. `reviewed` names who of the institutes signed its questionnaire, and when."""

    slug: str
    names: Mapping[str, tuple[str, ...]]  # by country, the usual one first
    english: str
    colloquial: tuple[str, ...]
    sector: str
    criteria: tuple[Criterion, ...]
    questions: tuple[Question, ...]
    standards: tuple[Standard, ...]
    version: str
    reviewed: str | None


@dataclass(frozen=True, slots=True)
class Band:
    """What follows from a result: if a critical task is «no», or if the score is at least … and below …"""

    name: str
    next: str
    unsafe: bool
    at_least: float
    below: float


@dataclass(frozen=True, slots=True)
class Bands:
    """The rules in their order; the first that holds."""

    rules: tuple[Band, ...]

    def of(self, score: float, unsafe: bool) -> Band:
        """The band of a score (0..1); `unsafe`: some critical task was answered «no». Raises `ContentError`."""
        for band in self.rules:
            if unsafe if band.unsafe else band.at_least <= score < band.below:
                return band
        raise ContentError(f"{FILE}: no band holds for a score of {score}")


def load_trades(folder: Path = FOLDER) -> dict[str, Trade]:
    """All trades by slug, in the order of the file. Raises `ContentError`."""
    trades = [_trade(item) for item in raw_trades(folder)]
    return {trade.slug: trade for trade in trades}


def raw_trades(folder: Path = FOLDER) -> Sequence[Mapping[str, Any]]:
    """The trades as the file has them, for those who want every word of it."""
    items: Sequence[Mapping[str, Any]] = need(read(FILE, folder), "trades", FILE)
    return items


def content_version(trade: Trade) -> str:
    """12 hexadecimal digits that change with the questionnaire, and with nothing else."""
    return _version(trade.criteria, trade.questions)


def _version(criteria: tuple[Criterion, ...], questions: tuple[Question, ...]) -> str:
    body = json.dumps([[asdict(item) for item in each] for each in (criteria, questions)], sort_keys=True)
    return hashlib.sha256(body.encode()).hexdigest()[:12]


def _trade(item: Mapping[str, Any]) -> Trade:
    slug = str(need(item, "id", FILE))
    where = f"{FILE}: {slug}"
    names = need(item, "nombres", where)
    criteria = tuple(_criterion(each, where) for each in need(item, "criterios", where))
    questions = tuple(_question(each, where) for each in need(item, "preguntas", where))
    return Trade(
        slug=slug,
        names={country: tuple(need(names, country, f"{where}: nombres")) for country in COUNTRIES},
        english=need(item, "en", where),
        colloquial=tuple(need(item, "dicen_tambien", where)),
        sector=need(item, "sector", where),
        criteria=criteria,
        questions=questions,
        standards=tuple(_standard(each, where) for each in need(item, "normas", where)),
        version=_version(criteria, questions),
        reviewed=item.get("revisado"),
    )


def _criterion(item: Mapping[str, Any], where: str) -> Criterion:
    where = f"{where}: {need(item, 'id', where)}"
    return Criterion(
        id=item["id"],
        function=need(item, "f", where),
        text=need(item, "t", where),
        level=need(item, "n", where),
        kind=need(item, "tipo", where),
        critical=bool(item.get("critico", False)),
    )


def _question(item: Mapping[str, Any], where: str) -> Question:
    where = f"{where}: {need(item, 'id', where)}"
    return Question(
        id=item["id"],
        text=need(item, "q", where),
        options=tuple(str(option) for option in need(item, "op", where)),
        correct=int(need(item, "ok", where)),
        source=item.get("fuente"),
        confidence=need(item, "conf", where),
    )


def _standard(item: Mapping[str, Any], where: str) -> Standard:
    where = f"{where}: normas"
    return Standard(need(item, "q", where), item.get("url"), item.get("uso"), need(item, "conf", where))


_AT_LEAST = re.compile(r"puntaje >= ([\d.]+)")
_BETWEEN = re.compile(r"([\d.]+) <= puntaje < ([\d.]+)")
_BELOW = re.compile(r"puntaje < ([\d.]+)")


def load_bands(folder: Path = FOLDER) -> Bands:
    """The rules for results. Raises `ContentError`."""
    rows = need(need(read(FILE, folder), "meta", FILE), "bandas_propuestas", f"{FILE}: meta")
    return Bands(tuple(_band(row, f"{FILE}: bandas_propuestas") for row in rows))


def _band(row: Mapping[str, Any], where: str) -> Band:
    rule = need(row, "si", where)
    name, then = need(row, "banda", where), need(row, "siguiente", where)
    if rule.startswith("algún criterio crítico"):
        return Band(name, then, unsafe=True, at_least=0, below=0)
    if found := _AT_LEAST.fullmatch(rule):
        return Band(name, then, unsafe=False, at_least=float(found[1]), below=float("inf"))
    if found := _BETWEEN.fullmatch(rule):
        return Band(name, then, unsafe=False, at_least=float(found[1]), below=float(found[2]))
    if found := _BELOW.fullmatch(rule):
        return Band(name, then, unsafe=False, at_least=0, below=float(found[1]))
    raise ContentError(f"{where}: «{rule}» is no rule: write «puntaje >= 0.70» or «0.40 <= puntaje < 0.70»")
