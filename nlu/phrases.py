"""Patterns that a psychologist or a trainer can read, matched on words in time linear in the message.

A pattern is words, compared by sound (`nlu.text.spelled`):

    me (quiero|voy a) matar     one of several ways, each of any number of words
    [ya] no aguanto             the word may be missing
    se … la vida                up to three words may stand between
    suicid*                     any word that begins so
    ^ hola $                    the beginning and the end of the message
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Generic, TypeVar

from nlu.text import expand, normalise, sound_of_word

START, END, BREAK = "^", "$", "|"
GAP = 3  # words that «…» may stand for
_REMEMBERED = 20_000  # states; a memory that strange messages cannot fill without end
_PIECE = re.compile(r"[()\[\]|^$…]|[^\s()\[\]|…]+")

_UNKNOWN = "?"
_LEAST_STEM = 2  # letters before «*»
_CLOSING = {"(": ")", "[": "]"}

Value = TypeVar("Value")


class BadPattern(ValueError):
    """A pattern cannot be read: close every bracket and put words into it."""


@dataclass(slots=True, eq=False)
class _Node(Generic[Value]):
    """One place in a pattern: which words lead on, which beginnings of words, what any word leads to, what is found."""

    edges: dict[str, list[_Node[Value]]] = field(default_factory=dict)
    prefixes: list[tuple[str, _Node[Value]]] = field(default_factory=list)
    any: list[_Node[Value]] = field(default_factory=list)
    values: list[Value] = field(default_factory=list)

    def step(self, word: str) -> Iterator[_Node[Value]]:
        """The places that one word (or `beginning*`) leads to."""
        yield from self.edges.get(word, ())
        yield from (node for prefix, node in self.prefixes if word.startswith(prefix))
        if word not in (START, END):
            yield from self.any


class _State(Generic[Value]):
    """All the places that the same words lead to. What comes after is worked out once, then remembered."""

    __slots__ = ("after", "nodes", "values")

    def __init__(self, nodes: tuple[_Node[Value], ...]) -> None:
        self.nodes = nodes
        self.values = tuple(value for node in nodes for value in node.values)
        self.after: dict[str, _State[Value] | None] = {}


@dataclass(frozen=True, slots=True)
class _Choice:
    """A pattern, read: one of these ways, each a row of words and further choices."""

    ways: tuple[tuple[_Choice | str, ...], ...]
    optional: bool


@dataclass(frozen=True, slots=True)
class Hit(Generic[Value]):
    """A pattern found: `words[start:end]` of the sequence that was searched."""

    value: Value
    start: int
    end: int


class Phrases(Generic[Value]):
    """Many patterns, searched together."""

    def __init__(self) -> None:
        self._root: _Node[Value] = _Node()
        self._first = _State((self._root,))
        self._prefixes: dict[str, list[str]] = {}  # by first letter, longest first
        self._states: dict[tuple[int, ...], _State[Value]] = {}
        self._keys: dict[str, str] = {}
        self.vocabulary: set[str] = set()

    def add(self, pattern: str, value: Value) -> None:
        """Add one pattern, before the first search. Raises `BadPattern`."""
        exits = self._choice(_parse(pattern), [self._root], _Node())
        if self._root in exits:
            raise BadPattern(f"{pattern!r}: put words into it that may not be missing")
        for node in exits:
            node.values.append(value)

    @property
    def stems(self) -> set[str]:
        """The beginnings that patterns have, as «stem*»."""
        return {f"{stem}*" for stems in self._prefixes.values() for stem in stems}

    def find(self, words: Sequence[str]) -> list[Hit[Value]]:
        """Every place where a pattern matches; overlapping ones too. A `BREAK` among the words is passed over."""
        places = [at for at, word in enumerate(words) if word != BREAK]
        keys = [self._keys.get(words[at]) or self._key_of(words[at]) for at in places]
        hits: list[Hit[Value]] = []
        for index, start in enumerate(places):
            state = self._first
            for after in range(index, len(keys)):
                key = keys[after]
                following = state.after[key] if key in state.after else self._next(state, key)
                if following is None:
                    break
                state = following
                if state.values:
                    end = places[after] + 1
                    hits += [Hit(value, start, end) for value in state.values]
        return hits

    def _key_of(self, word: str) -> str:
        """The word itself if a pattern has it, else the longest beginning that one has, else a word that none has."""
        key = word
        if word not in self.vocabulary:
            stems = self._prefixes.get(word[:1], ())
            key = next((f"{stem}*" for stem in stems if word.startswith(stem)), _UNKNOWN)
        if len(self._keys) < _REMEMBERED:
            self._keys[word] = key
        return key

    def _next(self, state: _State[Value], word: str) -> _State[Value] | None:
        nodes = {id(node): node for before in state.nodes for node in before.step(word)}
        following = self._states.get(key := tuple(nodes)) or (_State(tuple(nodes.values())) if nodes else None)
        if len(self._states) < _REMEMBERED:
            if following:
                self._states[key] = following
            state.after[word] = following
        return following

    def _choice(self, part: _Choice, entries: list[_Node[Value]], target: _Node[Value]) -> list[_Node[Value]]:
        """All the ways lead to the same place, which keeps the patterns small."""
        exits: dict[int, _Node[Value]] = {}
        for way in part.ways:
            last: list[_Node[Value]] = entries
            for at, item in enumerate(way):
                last = self._item(item, last, target if at == len(way) - 1 else _Node())
            exits.update((id(node), node) for node in last)
        if part.optional:
            exits.update((id(node), node) for node in entries)
        return list(exits.values())

    def _item(self, item: _Choice | str, entries: list[_Node[Value]], target: _Node[Value]) -> list[_Node[Value]]:
        if isinstance(item, _Choice):
            return self._choice(item, entries, target)
        if item == "…":
            return self._gap(entries)
        key, stem = _key(item)
        if stem:
            same = self._prefixes.setdefault(key[0], [])
            if key not in same:
                self._prefixes[key[0]] = sorted([*same, key], key=len, reverse=True)
        else:
            self.vocabulary.add(key)
        for entry in entries:
            if stem:
                entry.prefixes.append((key, target))
            else:
                entry.edges.setdefault(key, []).append(target)
        return [target]

    @staticmethod
    def _gap(entries: list[_Node[Value]]) -> list[_Node[Value]]:
        exits, last = list(entries), entries
        for _ in range(GAP):
            node: _Node[Value] = _Node()
            for entry in last:
                entry.any.append(node)
            last = [node]
            exits.append(node)
        return exits


@lru_cache(maxsize=_REMEMBERED)
def _key(piece: str) -> tuple[str, bool]:
    """How a word of a pattern is compared, and whether it is only a beginning."""
    if piece in (START, END):
        return piece, False
    key = sound_of_word(normalise(piece.rstrip("*")))
    if not key or (piece.endswith("*") and len(key) < _LEAST_STEM):
        raise BadPattern(f"{piece!r}: a word must have letters, and a beginning at least {_LEAST_STEM}")
    return key, piece.endswith("*")


def _parse(pattern: str) -> _Choice:
    pieces = _PIECE.findall(pattern)
    choice, rest = _parse_ways(pieces, 0)
    if rest != len(pieces):
        raise BadPattern(f"{pattern!r}: close every bracket")
    return choice


def _parse_ways(pieces: list[str], at: int) -> tuple[_Choice, int]:
    """The ways from `at` up to a closing bracket or the end, and where that is."""
    ways: list[list[_Choice | str]] = [[]]
    while at < len(pieces) and pieces[at] not in (")", "]"):
        piece = pieces[at]
        if piece == "|":
            ways.append([])
        elif piece in _CLOSING:
            inside, at = _parse_ways(pieces, at + 1)
            if pieces[at : at + 1] != [_CLOSING[piece]]:
                raise BadPattern(f"{' '.join(pieces)!r}: close every bracket")
            ways[-1].append(_Choice(inside.ways, optional=piece == "["))
        else:
            ways[-1].append(piece)
        at += 1
    if not all(ways):
        raise BadPattern(f"{' '.join(pieces)!r}: put words between the brackets and bars")
    return _Choice(tuple(map(tuple, ways)), optional=False), at


def sounds(parts: Sequence[str]) -> list[str]:
    """Normalised words as patterns compare them: abbreviations written out, then by sound."""
    written_out = " ".join(expand(list(parts))).split()
    return [sound_of_word(part) for part in written_out]
