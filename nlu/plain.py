"""The plain engine: intents by weighed phrases, trades and places by name, alarms by rule. No training, no model."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from nlu.dates import find_times
from nlu.language import heard
from nlu.mend import Mender
from nlu.phrases import END, START, Hit, Phrases, sounds
from nlu.places import Gazetteer, Match
from nlu.safety import Safety
from nlu.text import tokens, words, yes_no
from nlu.trades import Trade, TradeNames
from nlu.understanding import OUT_OF_SCOPE, Alarm, Entity, Intent, Understanding
from nlu.words import load

_MOST = 0.99  # only a message that is nothing but a known phrase is 1.0
_PER_WORD = 0.01  # a longer phrase says more
_TYPO, _ALIKE = 7, 85.0
_LEAST = 0.3  # below it nothing was understood
_RANKED = 5
_ALARMS = {True: 0.97, False: 0.75}  # by certainty
_OPENING, _TRADE, _FOREIGN = 0.55, 0.6, 0.55
_SURE_TRADE, _HINT_OF_TRADE, _SURE_PLACE = 0.75, 0.6, 0.75
_TABLES = ("pesos", "vence")
_CLEAR, _BEATEN = 0.9, 0.05  # a clear intent goes before those it beats, by so much
_SAME = 0.02  # scores this near are alternatives
_MOST_ALTERNATIVES = 6
_ABOUT_WORK = frozenset(
    {"diagnose_skills", "find_job", "training", "job_alerts_on", "job_alerts_off", "ask_certification", "my_record"}
    | {"schedule_assessment", "reschedule_assessment", "cancel_assessment", "ask_appointment", "start_business"}
)


class _Rule(NamedTuple):
    intent: str
    weight: float
    whole: bool  # the phrase is all of the message


class PlainEngine:
    """An `nlu.understanding.Engine` of rules. Stateless: one instance serves every thread."""

    def __init__(
        self,
        trades: TradeNames,
        gazetteer: Gazetteer,
        safety: Safety | None = None,
        intents: Mapping[str, Any] | None = None,
    ) -> None:
        """`intents` as in `data/intents.toml`, by default that file. Raises `nlu.phrases.BadPattern`."""
        self._trades, self._gazetteer, self._safety = trades, gazetteer, safety or Safety.read()
        lines = load("intents.toml") if intents is None else intents
        weights: Mapping[str, float] = lines["pesos"]
        self._beats: Mapping[str, Sequence[str]] = lines["vence"]
        self.names = tuple(name for name, line in lines.items() if isinstance(line, dict) and name not in _TABLES)
        self._phrases: Phrases[_Rule] = Phrases()
        for name in self.names:
            for strength, patterns in lines[name].items():
                whole = strength == "exacto"
                for pattern in patterns:
                    self._phrases.add(f"^ {pattern} $" if whole else pattern, _Rule(name, weights[strength], whole))
        self._mender = Mender(self._phrases.vocabulary, self._phrases.stems, _TYPO, _ALIKE)

    def parse(self, text: str, *, country: str | None = None, now: datetime) -> Understanding:
        """Understand one message of any length; `now` is aware, in the zone that «mañana» is meant in."""
        trades, alarm = self._trades.find(text), self._safety.check(text)
        tongue = heard(text)
        scores = self._scores(tokens(text))
        if not scores or max(scores.values()) < _SURE_TRADE:
            self._guess(scores, text, tongue.language, trades)
        intents = _ranking(scores, alarm)
        trade = _trade(text, trades, intents[0].name)
        others = (*self._places(text, country), *_times(text, now))
        return Understanding(text, tongue.language, intents, (*trade, *others), alarm, tongue)

    def knows_saying(self, text: str) -> bool:
        """Whether a message holds a saying that only sounds like danger («me muero de hambre»)."""
        return self._safety.knows_saying(text)

    def entities_for(self, intent: str, understanding: Understanding) -> tuple[Entity, ...]:
        """The entities of a message were it of another intent: what counts as naming a trade depends on it."""
        if (intent in _ABOUT_WORK) is (understanding.intent.name in _ABOUT_WORK):
            return understanding.entities
        text = understanding.text
        trade = _trade(text, self._trades.find(text), intent)
        return (*trade, *(entity for entity in understanding.entities if entity.entity != "trade"))

    def _places(self, text: str, country: str | None) -> Iterator[Entity]:
        places = self._gazetteer.mentioned(text, country)
        if places and places[0].score >= _SURE_PLACE:
            typed = words(text)
            start, end = typed[places[0].start].start, typed[places[0].end - 1].end
            yield _place(places, text[start:end], start, end)

    def _scores(self, plain: Sequence[str]) -> dict[str, float]:
        """How well each intent's phrases fit: hints add up, and never to certainty."""
        heard = [START, *(self._mender.mend(sound) for sound in sounds(plain)), END]
        missing: dict[str, float] = {}
        for hit in _distinct(self._phrases.find(heard)):
            rule = hit.value
            if rule.whole:
                return {rule.intent: 1.0}
            weight = min(rule.weight + _PER_WORD * (hit.end - hit.start), 0.95)
            missing[rule.intent] = missing.get(rule.intent, 1.0) * (1 - weight)
        scores = {name: min(1 - rest, _MOST) for name, rest in missing.items()}
        for name in [name for name in self._beats if scores.get(name, 0.0) >= _CLEAR]:
            for beaten in self._beats[name]:
                if beaten in scores:
                    scores[beaten] = min(scores[beaten], scores[name] - _BEATEN)
        return scores

    def _guess(self, scores: dict[str, float], text: str, language: str, trades: Sequence[Trade]) -> None:
        """What else speaks for an intent where the phrases leave it open."""
        answer = yes_no(text)
        if answer is not None:
            _raise_to(scores, "affirm" if answer else "deny", _OPENING)
        if trades and trades[0].score >= _SURE_TRADE:
            _raise_to(scores, "diagnose_skills", max(_TRADE, scores.get("diagnose_skills", 0.0) + 0.3))
        if language in ("myn", "other"):
            _raise_to(scores, "change_language", _FOREIGN)


def _raise_to(scores: dict[str, float], name: str, score: float) -> None:
    scores[name] = min(max(score, scores.get(name, 0.0)), _MOST)


def _distinct(hits: Sequence[Hit[_Rule]]) -> list[Hit[_Rule]]:
    """Whole-message phrases first; of one intent, a phrase within a longer one says nothing more."""
    ordered = sorted(hits, key=lambda hit: (not hit.value.whole, -hit.value.weight, hit.start - hit.end))
    kept: list[Hit[_Rule]] = []
    for hit in ordered:
        if not any(
            other.value.intent == hit.value.intent and other.start <= hit.start and hit.end <= other.end
            for other in kept
        ):
            kept.append(hit)
    return kept


def _ranking(scores: Mapping[str, float], alarm: Alarm | None) -> tuple[Intent, ...]:
    """Best first. An alarm wins over everything; what nobody understands is out of scope."""
    ranked = sorted((Intent(name, score) for name, score in scores.items()), key=lambda it: -it.confidence)
    if not ranked or ranked[0].confidence < _LEAST:
        ranked.insert(0, Intent(OUT_OF_SCOPE, _LEAST))
    if alarm:
        others = [intent for intent in ranked if intent.name != alarm.kind]
        ranked = [Intent(alarm.kind, _ALARMS[alarm.certain]), *others]
    return tuple(ranked[:_RANKED])


def _named_trade(trades: Sequence[Trade], intent: str) -> Trade | None:
    """The best trade; a mere hint («cocina», «madera») only where the message is about work."""
    least = _HINT_OF_TRADE if intent in _ABOUT_WORK else _SURE_TRADE
    return trades[0] if trades and trades[0].score >= least else None


def _trade(text: str, trades: Sequence[Trade], intent: str) -> Iterator[Entity]:
    if trade := _named_trade(trades, intent):
        typed = words(text)
        start, end = typed[trade.start].start, typed[trade.end - 1].end
        others = tuple(other.slug for other in trades[1:] if other.score >= trade.score - _SAME)
        yield Entity("trade", trade.slug, text[start:end], start, end, others)


def _times(text: str, now: datetime) -> Iterator[Entity]:
    for when in find_times(text, now):
        yield Entity("time", when.value, text[when.start : when.end], when.start, when.end, when.alternatives)


def _place(places: Sequence[Match], text: str, start: int, end: int) -> Entity:
    first, *rest = places
    same = [match.place.to_json() for match in rest if match.score >= first.score - _SAME]
    return Entity("place", first.place.to_json(), text, start, end, tuple(same[:_MOST_ALTERNATIVES]))
