"""Where a person is or comes from: the names of places as people write them, and the country of a phone."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from rapidfuzz import fuzz, process

from nlu.geography import Atlas, Place
from nlu.text import normalise, sound_of, tokens
from nlu.words import load

_ELSEWHERE = 0.3  # taken off where the country or the department is another one
_NAME, _TAIL, _HEAD = 1.0, 0.85, 0.8
_CAUTIOUS = 88.0  # rapidfuzz's ratio from which a misspelt name in a sentence counts
_SURELY = 86.0  # the same for an answer of which a part is a name already
_LOOSER = 8.0  # by sound first, so much looser
_SHORT_ANSWER = 5  # words that are taken for a name misspelt
_SAINTS = frozenset({"san", "santa", "santo"})
_ARTICLES = frozenset({"de", "del", "la", "las", "los", "el"})


@dataclass(frozen=True, slots=True)
class Match:
    """A place that a text may mean. `score` 0 to 1; `start:end` are its words in `tokens(text)`."""

    place: Place
    score: float
    start: int = 0
    end: int = 0


class Gazetteer(Atlas):
    """An atlas that understands how people name places. Stateless: one instance serves every thread."""

    def __init__(self, geo: Mapping[str, Any], nicknames: Mapping[str, Any] | None = None) -> None:
        """`geo` as in `geo.json`; `nicknames` as in `data/places.toml`, by default that file."""
        extra = load("places.toml") if nicknames is None else nicknames
        super().__init__(geo)
        self._phones: Mapping[str, str] = extra["telefonos"]
        self._countries = {normalise(word): code for code, names in extra["paises"].items() for word in names}
        said = extra["palabras"]
        self._before, self._fillers, self._ordinary, self._abroad, self._no_tails, self._no_typos = (
            frozenset(map(normalise, said[key]))
            for key in ("antes", "relleno", "comunes", "afuera", "colas_no", "corrientes")
        )
        self._short: Mapping[str, str] = said["cortas"]
        self._names: dict[str, list[tuple[Place, float]]] = {}
        self._index(extra["apodos"])
        self._sizes = _sizes(self._names)
        self._country_sizes = _sizes(self._countries)
        self._sounds: dict[str, list[str]] = {}
        self._by_letter: dict[str, dict[str, list[str]]] = {}
        for name in self._names:
            same = self._sounds.setdefault(sound := sound_of(name), [])
            same.append(name)
            self._by_letter.setdefault(sound[0], {})[sound] = same

    def _index(self, nicknames: Iterable[Mapping[str, Any]]) -> None:
        for place in self.places:
            self._name(normalise(place.name), place, _NAME)
        by_path = {
            _path(place): place for place in self.places if place.country != "SV" or place.level != "municipality"
        }
        for line in nicknames:
            for name in line["di"]:
                self._name(normalise(name), by_path[line["va"]], line.get("peso", _NAME))
        full = frozenset(self._names)
        for place in self.places:
            if place.level == "department" or (place.country == "SV" and not place.district):
                continue
            head, tail = _parts(normalise(place.name).split())
            if tail and tail not in full and tail not in self._no_tails:
                self._name(tail, place, _TAIL)
            if head:
                self._name(head, place, _HEAD)

    def _name(self, name: str, place: Place, score: float) -> None:
        known = self._names.setdefault(name, [])
        if all(other.id != place.id for other, _ in known):
            known.append((place, score))

    def country_of_phone(self, phone: str) -> str | None:
        """SV, GT or HN by the prefix of an E.164 number («+503…», with or without «whatsapp:»), else None."""
        return self._phones.get(phone.removeprefix("whatsapp:").lstrip("+0")[:3])

    def find(self, text: str, country: str | None = None, department: str | None = None) -> list[Match]:
        """The places that an answer or a sentence may mean, best first; equal scores are equally likely.

        A place in another country or department than the given ones is found too, with a lower score.
        Without a country a department comes before a municipality of the same name; with one, after it.
        """
        words = self._tokens(text)
        core = self._core(words)
        exact = self._exact(words, core)
        if any((match.start, match.end) == core for match in exact):
            found = exact
        else:
            found = self._misspelt(words, core, bool(exact)) or exact or self._after_preposition(words)
        return self._ranked(words, found, country, department)

    def mentioned(self, text: str, country: str | None = None) -> list[Match]:
        """`find` for a message that need not name a place: everyday words and misspelt names only after «en» …"""
        words = self._tokens(text)
        core = self._core(words)
        whole = core if core[1] - core[0] > 1 else (0, 0)
        return self._ranked(words, self._exact(words, whole) or self._after_preposition(words), country, None)

    def country_of(self, text: str) -> str | None:
        """SV, GT or HN where a text names just that country («soy de Honduras»), else None."""
        named = set(self._country_words(self._tokens(text)))
        return named.pop() if len(named) == 1 else None

    def _ranked(
        self, words: Sequence[str], found: Sequence[Match], country: str | None, department: str | None
    ) -> list[Match]:
        best: dict[str, Match] = {}
        for match in self._weigh(found, words, country, department):
            if match.place.id not in best or best[match.place.id].score < match.score:
                best[match.place.id] = match
        return sorted(best.values(), key=lambda match: _order(match, country))

    def _tokens(self, text: str) -> list[str]:
        return [self._short.get(word, word) for word in tokens(text)]

    def _core(self, words: Sequence[str]) -> tuple[int, int]:
        """What is left of an answer without «soy de», «departamento de» …: the range of its words."""
        start, end = 0, len(words)
        while start < end and words[start] in self._fillers and " ".join(words[start:end]) not in self._names:
            start += 1
        while end > start and words[end - 1] in self._fillers and " ".join(words[start:end]) not in self._names:
            end -= 1
        return start, end

    def _exact(self, words: Sequence[str], core: tuple[int, int]) -> list[Match]:
        found, at, last = list[Match](), 0, -1
        while at < len(words):
            end = next((end for end in self._ends(words, at) if self._meant(words, at, end, core, last)), at)
            if end > at:
                names = self._names[" ".join(words[at:end])]
                found += [Match(place, score, at, end) for place, score in names]
                last = end
            at = max(end, at + 1)
        return found

    def _ends(self, words: Sequence[str], at: int) -> Iterable[int]:
        """Where the names end that begin at `at`, the longest first."""
        ends = (at + size for size in self._sizes.get(words[at], ()) if at + size <= len(words))
        return (end for end in ends if " ".join(words[at:end]) in self._names)

    def _meant(self, words: Sequence[str], start: int, end: int, core: tuple[int, int], last: int) -> bool:
        """Is it a name here, and not one of the everyday words that are names too?"""
        phrase, after = " ".join(words[start:end]), " ".join(words[end : end + 2])
        if phrase not in self._ordinary or (start, end) == core or start == last:
            return True
        if after in self._countries or (after and after.split()[0] in self._countries):
            return True
        return start > 0 and words[start - 1] in self._before

    def _misspelt(self, words: Sequence[str], core: tuple[int, int], surely: bool) -> list[Match]:
        """A whole short answer that is a name with a letter wrong; `surely` where a part of it is a name already."""
        start, end = core
        if start and words[start - 1] in _ARTICLES:
            start -= 1
        phrases = {" ".join(words[at:end]): at for at in {start, core[0]}}
        if not 0 < end - core[0] <= _SHORT_ANSWER or phrases.keys() & (self._no_typos | self._countries.keys()):
            return []
        found: list[Match] = []
        for phrase, at in phrases.items():
            least = _SURELY if surely else 74.0 if len(phrase) <= 5 else 80.0
            found += self._alike(phrase, at, end, least, self._sounds)
        return found

    def _after_preposition(self, words: Sequence[str]) -> list[Match]:
        for at in range(1, len(words)):
            before, first = words[at - 1], words[at]
            if before in self._before and first not in self._before and (found := self._alike_from(words, at)):
                return found
        return []

    def _alike_from(self, words: Sequence[str], at: int) -> list[Match]:
        same_start = self._by_letter.get(sound_of(words[at])[:1], {})
        for end in range(min(len(words), at + 3), at, -1):
            phrase = " ".join(words[at:end])
            if len(phrase) < 5 or phrase in self._no_typos or phrase in self._ordinary:
                continue
            if found := self._alike(phrase, at, end, _CAUTIOUS, same_start):
                return found
        return []

    def _alike(
        self, phrase: str, start: int, end: int, least: float, among: Mapping[str, Sequence[str]]
    ) -> list[Match]:
        """Names that differ from a phrase by a letter or so, by sound or by letters."""
        close: dict[str, float] = {}
        sound = sound_of(phrase)
        for key, score, _ in process.extract(sound, among.keys(), scorer=fuzz.ratio, score_cutoff=least - _LOOSER):
            for name in among[key]:
                alike = max(score - 1, fuzz.ratio(phrase, name))
                if alike >= least:
                    close[name] = alike
        best = max(close.values(), default=0.0)
        return [
            Match(place, round(weight * score / 105, 3), start, end)
            for name, score in close.items()
            if score >= best - 6
            for place, weight in self._names[name]
        ]

    def _weigh(
        self, found: Sequence[Match], words: Sequence[str], country: str | None, department: str | None
    ) -> list[Match]:
        if not found:
            return []
        said = set(self._country_words(words, found))
        spans = {(match.start, match.end) for match in found}
        weighed = []
        for match in found:
            place, score = match.place, match.score
            if country and place.country != country:
                score -= _ELSEWHERE
            if department and place.department != department:
                score -= _ELSEWHERE
            if said and place.country not in said:
                score -= _ELSEWHERE
            if self._foreign(match, words, said or {country} - {None}):
                score -= _ELSEWHERE
            weighed.append(replace(match, score=score))
        return [self._in_context(match, weighed, spans) for match in weighed]

    def _country_words(self, words: Sequence[str], found: Sequence[Match] = ()) -> Iterable[str]:
        """The countries that are named, but for a name that was taken for a place («Guatemala»)."""
        taken = {" ".join(words[match.start : match.end]) for match in found}
        for at, word in enumerate(words):
            for size in self._country_sizes.get(word, ()):
                name = " ".join(words[at : at + size])
                if name in self._countries and name not in taken and words[at - 1 : at] != ["san"]:
                    yield self._countries[name]

    def _foreign(self, match: Match, words: Sequence[str], sure: Iterable[object]) -> bool:
        phrase = " ".join(words[match.start : match.end])
        whole = (match.start, match.end) == self._core(words)
        return phrase in self._abroad and not whole and match.place.country not in sure

    @staticmethod
    def _in_context(match: Match, found: Sequence[Match], spans: set[tuple[int, int]]) -> Match:
        """«San Lorenzo, Valle»: the place that lies in another place named beside it is meant; that one is not."""
        if len(spans) == 1:
            return match
        here = (match.start, match.end)
        others = [other.place for other in found if (other.start, other.end) != here]
        inside = any(_contains(other, match.place) for other in others)
        around = any(_contains(match.place, other) for other in others)
        score = match.score if inside else match.score - (0.25 if around else 0.1)
        return replace(match, score=score)


def _sizes(names: Iterable[str]) -> dict[str, list[int]]:
    """By first word: how many words such names have, the most first; most words of a message begin no name."""
    sizes: dict[str, set[int]] = {}
    for name in names:
        parts = name.split()
        sizes.setdefault(parts[0], set()).add(len(parts))
    return {first: sorted(counts, reverse=True) for first, counts in sizes.items()}


def _path(place: Place) -> str:
    return "/".join(part for part in (place.country, place.department, place.district or place.municipality) if part)


def _contains(outer: Place, inner: Place) -> bool:
    if outer.country != inner.country or outer.department != inner.department or outer.id == inner.id:
        return False
    return outer.level == "department" or (outer.level == "municipality" == inner.municipality and bool(inner.district))


def _parts(words: Sequence[str]) -> tuple[str, str]:
    """What people leave: «San Pedro» and «Carchá» of «San Pedro Carchá»; «» where there is no such part."""
    if words[0] in _SAINTS and len(words) > 2:
        head, rest = words[:2], list(words[2:])
    elif words[0] == "santiago" and len(words) > 1:
        head, rest = words[:1], list(words[1:])
    else:
        return "", ""
    while rest and rest[0] in _ARTICLES:
        rest.pop(0)
    tail = " ".join(rest)
    return " ".join(head), tail if len(tail) >= 5 else ""


def _order(match: Match, country: str | None) -> tuple[float, bool, str]:
    is_department = match.place.level == "department"
    return -round(match.score, 3), is_department if country else not is_department, match.place.id
